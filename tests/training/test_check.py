"""Static checks: real builds and conversions in the sandbox, no training."""

import tomllib
from pathlib import Path

import candidate_sources
import pytest

from nanosmith.tools.features.library import FrontEndLibrary
from nanosmith.tools.sandbox import Sandbox
from nanosmith.tools.specs.board import Board
from nanosmith.tools.specs.candidate import CandidateCheck, Proposal, RawFrontEnd, TrainingSettings
from nanosmith.tools.specs.device_spec import Budget, Spec
from nanosmith.tools.training.check import check_candidate

_BOARD = Path(__file__).resolve().parents[2] / "tools/boards/mps2_an386.toml"


@pytest.fixture(scope="session")
def board() -> Board:
    return Board.model_validate(tomllib.loads(_BOARD.read_text()))


def _check(
    source: str, spec: Spec, board: Board, library: FrontEndLibrary, sandbox: Sandbox, work: Path, decimate: int = 1
) -> CandidateCheck:
    proposal = Proposal(
        idea="small", source=source, front_end=RawFrontEnd(decimate=decimate), training=TrainingSettings()
    )
    return check_candidate(
        proposal, spec=spec, board=board, sample_shape=(32, 3), library=library, sandbox=sandbox, work=work
    )


def test_a_good_network_is_measured_once(
    spec: Spec, board: Board, library: FrontEndLibrary, sandbox: Sandbox, work: Path
) -> None:
    found = _check(candidate_sources.GOOD, spec, board, library, sandbox, work)
    assert found.ok
    assert found.findings == ()
    assert found.input_shape == (32, 3)
    assert found.macs == 16 * 8 * 5 * 3 + 8 * 3
    assert 0 < found.arena_bytes < 2_000
    assert "CONV_2D" in found.operators
    assert _check(candidate_sources.GOOD, spec, board, library, sandbox, work) == found
    tight = spec.model_copy(update={"budget": Budget(flash_bytes=100, ram_bytes=200)})
    over = _check(candidate_sources.GOOD, tight, board, library, sandbox, work)
    assert not over.ok
    assert ["flash budget" in finding or "RAM budget" in finding for finding in over.findings] == [True, True]
    assert len((work / "log.txt").read_text().splitlines()) == 2  # built once, whatever the budget


@pytest.mark.parametrize(
    ("source", "finding"),
    [
        ("import os\n" + candidate_sources.GOOD, "imports os"),
        (candidate_sources.UNSUPPORTED, "SIN"),
        (candidate_sources.NO_KERAS_MODEL, "returned a str, not a keras.Model"),
    ],
)
def test_what_is_wrong_is_said(
    source: str, finding: str, spec: Spec, board: Board, library: FrontEndLibrary, sandbox: Sandbox, work: Path
) -> None:
    found = _check(source, spec, board, library, sandbox, work)
    assert not found.ok
    assert finding in " ".join(found.findings)


def test_a_front_end_that_does_not_fit_is_told_without_a_build(
    spec: Spec, board: Board, library: FrontEndLibrary, sandbox: Sandbox, work: Path
) -> None:
    found = _check(candidate_sources.GOOD, spec, board, library, sandbox, work, decimate=64)
    assert not found.ok
    assert "front-end does not fit" in found.findings[0]
    assert not (work / "log.txt").exists()


def test_a_network_that_never_ends_is_refused_with_its_limit(
    spec: Spec, board: Board, library: FrontEndLibrary, sandbox: Sandbox, work: Path
) -> None:
    proposal = Proposal(
        idea="endless", source=candidate_sources.GOOD + candidate_sources.ENDLESS, front_end=RawFrontEnd(),
        training=TrainingSettings(),
    )  # fmt: skip
    found = check_candidate(
        proposal, spec=spec, board=board, sample_shape=(32, 3), library=library, sandbox=sandbox, work=work,
        timeout_s=12.0,
    )  # fmt: skip
    assert not found.ok
    assert "12 s" in found.findings[0]
