"""Every attack is contained, as root and as an ordinary user; the same code without the sandbox succeeds."""

import os
from typing import Any

import payloads
import pytest
from attackers import WHO

GROUPS = ("READING", "WRITING", "RESULTS", "NETWORK", "KERNEL", "SIGNALS")
CASES = [(f"{group.lower()}: {name.removeprefix('@')}", name.startswith("@"))
         for group in GROUPS for name in getattr(payloads, group)]  # fmt: skip
CONTROLS = [case for case, has_control in CASES if has_control]

Attacked = dict[str, dict[str, Any]]


def test_there_are_enough_of_them() -> None:
    assert len(CASES) + len(payloads.RESOURCES) >= 60


@pytest.mark.parametrize("who", WHO)
def test_it_was_who_it_says(attacked: Attacked, who: str) -> None:
    assert (attacked[who]["uid"] == 0) == (who == "root")


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("case", [case for case, _ in CASES])
def test_it_is_contained(attacked: Attacked, who: str, case: str) -> None:
    found = attacked[who][case]
    assert found["ended"] in ("SandboxFinished", "CommandFailed", "ResultRefused"), "it did not run to its end"
    assert found["escaped"] == ""
    assert found["left"] == []


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("case", CONTROLS)
def test_without_the_sandbox_it_works(attacked: Attacked, who: str, case: str) -> None:
    assert attacked[who][f"control of {case}"]["escaped"] != "", attacked[who][f"control of {case}"]["said"]


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("name", payloads.RESOURCES)
def test_it_is_ended_within_its_limits(attacked: Attacked, who: str, name: str) -> None:
    found = attacked[who][f"resources: {name}"]
    assert found["ended"] in payloads.RESOURCES[name][1].split(), found["said"]
    assert found["escaped"] == ""
    assert found["left"] == [], "something outlived it"


def test_refused_results_are_named(attacked: Attacked) -> None:
    for found in attacked.values():
        assert found["results: a result that is too large"]["ended"] == "ResultRefused"
        assert "model has 2,000,000 bytes" in found["results: a result that is too large"]["said"]


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become another user")
def test_the_two_were_two(attacked: Attacked) -> None:
    assert {found["uid"] for found in attacked.values()} == {0, 54_321}
