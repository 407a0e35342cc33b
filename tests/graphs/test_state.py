"""State, routes and rulings without any tool."""

from nanosmith.agents.briefs import CriticBrief
from nanosmith.graphs.nodes.critique import rule
from nanosmith.graphs.reading import BestTrial
from nanosmith.graphs.state import merge_by_candidate
from nanosmith.tools.specs.candidate import Proposal, RawFrontEnd, TrainingSettings
from nanosmith.tools.specs.run import ContractItem
from nanosmith.tools.specs.trial import DeviceReport, Parity
from nanosmith.tools.specs.verdict import Review
from nanosmith.tools.training.repetition import Tried, repetition

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
    tried = [Tried("c07", "pass  # as before", RawFrontEnd(), TrainingSettings(), "complete")]
    assert "c07" in repetition(proposal, tried)[0]
    longer = proposal.model_copy(update={"training": TrainingSettings(epochs=60)})
    assert repetition(longer, tried) == ()


def test_two_rounds_without_gain_accept_a_met_contract_for_a_critic_that_never_would() -> None:
    review = Review(action="revise", reason="It could always be better.")
    assert rule(review, best(met=True), is_last_round=False).action == "revise"
    verdict = rule(review, best(met=True), is_last_round=False, stands_still=True)
    assert (verdict.action, verdict.stop) == ("accept", "plateau")
    assert rule(review, best(met=False), is_last_round=False, stands_still=True).action == "revise"
