"""State, routes and rulings without any tool."""

import hashlib

from nanosmith.agents.briefs import CriticBrief
from nanosmith.graphs.nodes.critique import rule
from nanosmith.graphs.nodes.propose import _repeated
from nanosmith.graphs.reading import BestTrial
from nanosmith.graphs.state import merge_by_candidate
from nanosmith.tools.specs.base import Artifact
from nanosmith.tools.specs.candidate import Candidate, Proposal, RawFrontEnd, TrainingSettings
from nanosmith.tools.specs.run import ContractItem
from nanosmith.tools.specs.trial import DeviceReport, Parity
from nanosmith.tools.specs.verdict import Review

DEVICE = DeviceReport(
    candidate="c01", board="b", flash_bytes=1, ram_bytes=1, static_ram_bytes=0, arena_bytes=0, stack_bytes=0,
    instructions=1, latency_ms=1.0, latency_assumption="", parity=Parity(compared=1, equal=1), emulated_on="",
)  # fmt: skip


def best(*, met: bool) -> BestTrial:
    item = ContractItem(name="accuracy", limit=0.9, at_least=True, measured=0.95 if met else 0.85, met=met)
    return BestTrial("c01", item.measured or 0.0, DEVICE, (item,))


def test_an_entry_that_arrives_twice_stays_the_first() -> None:
    once = merge_by_candidate([{"candidate": "c02", "x": 1}], [{"candidate": "c01", "x": 2}])
    assert [entry["candidate"] for entry in once] == ["c01", "c02"]
    assert merge_by_candidate(once, [{"candidate": "c02", "x": 9}]) == once


def test_a_critic_can_not_accept_what_the_contract_rejects() -> None:
    verdict = rule(Review(action="accept", reason="Good enough."), best(met=False), is_last_round=False)
    assert verdict.action == "revise"
    assert verdict.stop is None


def test_a_critic_can_not_accept_when_nothing_can_be_deployed() -> None:
    verdict = rule(Review(action="accept", reason="Fine."), None, is_last_round=True)
    assert (verdict.action, verdict.best, verdict.stop) == ("stop", None, "rounds")


def test_the_last_round_ends_the_search_with_the_best_so_far() -> None:
    verdict = rule(Review(action="revise", reason="More."), best(met=False), is_last_round=True)
    assert (verdict.action, verdict.best, verdict.stop) == ("stop", "c01", "rounds")
    assert "0.0500 short of 0.9000" in verdict.reason


def test_what_meets_the_contract_can_be_accepted() -> None:
    verdict = rule(Review(action="accept", reason="Met."), best(met=True), is_last_round=False)
    assert (verdict.action, verdict.stop) == ("accept", "accepted")


def test_a_brief_refuses_an_acceptance_that_the_contract_does_not_bear() -> None:
    missed = best(met=False).contract
    brief = CriticBrief.model_construct(best="c01", contract=missed)
    assert "accuracy" in brief.faults(Review(action="accept", reason="x"))[0]
    assert brief.faults(Review(action="revise", reason="x")) == ()


def test_a_proposal_that_was_tried_before_is_refused_by_name() -> None:
    proposal = Proposal(idea="x", source="pass", front_end=RawFrontEnd(), training=TrainingSettings())
    source = Artifact(path="p", sha256=hashlib.sha256(b"pass").hexdigest(), size_bytes=4)
    tried = Candidate(id="c07", round=1, idea="y", source=source, front_end=RawFrontEnd(), training=TrainingSettings())
    entries = [{"record": tried.model_dump(mode="json")}]
    assert "c07" in _repeated(proposal, entries)[0]
    longer = proposal.model_copy(update={"training": TrainingSettings(epochs=31)})
    assert _repeated(longer, entries) == ()
