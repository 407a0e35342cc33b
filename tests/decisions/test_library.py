"""Debounce, smoothing, hysteresis, shortest duration and refractory time of the C; boards against the host."""

import os
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from pydantic import ValidationError

from nanosmith.tools.decisions.library import (
    BEGINNING,
    GAP,
    DecisionLibrary,
    decision_settings,
    decision_sources,
)
from nanosmith.tools.firmware.boards import find_board
from nanosmith.tools.process import run_command
from nanosmith.tools.specs.decision import Decision

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "features"))

from programs import HARNESS, SANITIZED, STRICT, board_flags, emulator

MAIN = Path(__file__).with_name("decision_main.c")
ALARM = Decision(weight=256, enter=192, leave=96, resting=0)


def two(*shares: float) -> NDArray[np.int8]:
    """Answers of [normal, fault] with these shares of belief in a fault."""
    fault = np.clip(np.round(np.array(shares) * 256), 0, 255)
    return np.stack([255 - fault - 128, fault - 128], axis=1).astype(np.int8)


def won_by(*winners: int, classes: int = 3) -> NDArray[np.int8]:
    scores = np.full((len(winners), classes), -100, np.int8)
    scores[np.arange(len(winners)), winners] = 20
    return scores


def random_walk(count: int, classes: int, seed: int = 1) -> NDArray[np.int8]:
    """Scores that wander, with stretches at both ends of their range."""
    steps = np.random.default_rng(seed).normal(0, 30, (count, classes)).cumsum(axis=0)
    return np.clip(np.abs((steps + 200) % 800 - 400) - 200, -128, 127).astype(np.int8)


def test_debounce_is_the_plain_rule(decisions: DecisionLibrary) -> None:
    def by_hand(winners: list[int], debounce: int) -> list[int]:
        found, candidate, streak, said = [], -1, 0, -1
        for winner in winners:
            streak = streak + 1 if winner == candidate else 1
            candidate = winner
            said = candidate if streak >= debounce else said
            found.append(said)
        return found

    scores = random_walk(4_000, 4)
    for debounce in (1, 2, 3, 7):
        found = decisions.in_force(Decision.debounced(debounce), scores)
        assert found.tolist() == by_hand(scores.argmax(axis=1).tolist(), debounce)


def test_hysteresis_enters_high_and_leaves_low(decisions: DecisionLibrary) -> None:
    found = decisions.in_force(ALARM, two(0.1, 0.6, 0.74, 0.76, 0.5, 0.38, 0.37, 0.6))
    assert found.tolist() == [0, 0, 0, 1, 1, 1, 0, 0]


def test_smoothing_is_an_exponential_average(decisions: DecisionLibrary) -> None:
    scores = random_walk(2_000, 3, seed=2)
    levels = scores.astype(np.float64) + 128
    average, expected = levels[0], []
    for level in levels:
        average = average + (level - average) * 64 / 256
        expected.append(int(average.argmax()))
    found = decisions.in_force(Decision(weight=64), scores)
    assert (found == expected).mean() > 0.998  # but for ties that rounding decides


def test_one_stray_answer_is_smoothed_away(decisions: DecisionLibrary) -> None:
    stray = won_by(0, 0, 0, 1, 0, 0)
    assert decisions.in_force(Decision(weight=64), stray).tolist() == [0] * 6
    assert 1 in decisions.in_force(Decision(), stray)


def test_shortest_duration(decisions: DecisionLibrary) -> None:
    long = ALARM.model_copy(update={"shortest": 3})
    found = decisions.in_force(long, two(0.1, 0.1, 0.1, 0.9, 0.9, 0.1, 0.9, 0.9, 0.9, 0.1, 0.1, 0.1))
    assert found.tolist() == [-1, -1, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0]


def test_refractory_time_counts_from_the_beginning_of_an_event(decisions: DecisionLibrary) -> None:
    quiet = ALARM.model_copy(update={"refractory": 5})
    found = decisions.in_force(quiet, two(0.9, 0.1, 0.9, 0.9, 0.9, 0.9, 0.1, 0.9))
    assert found.tolist() == [1, 0, 0, 0, 0, 1, 0, 0]


def test_a_gap_forgets_the_average_and_keeps_the_class(decisions: DecisionLibrary) -> None:
    scores = won_by(0, 0, 0, 1)
    slow = Decision(weight=32)
    breaks = np.zeros(4, np.uint8)
    assert decisions.in_force(slow, scores, breaks).tolist() == [0, 0, 0, 0]
    breaks[3] = GAP
    assert decisions.in_force(slow, scores, breaks).tolist() == [0, 0, 0, 1]
    lasting = Decision(shortest=2)
    assert decisions.in_force(lasting, won_by(0, 0, 1, 1), np.array([0, 0, 0, GAP])).tolist() == [-1, 0, 0, 0]
    assert decisions.in_force(lasting, won_by(0, 0, 1, 1), np.array([0, 0, 0, BEGINNING])).tolist() == [-1, 0, 0, -1]


def test_an_event_can_not_end_above_where_it_begins() -> None:
    with pytest.raises(ValidationError, match="can't end"):
        Decision(enter=100, leave=101)


@pytest.mark.skipif(
    not (shutil.which("qemu-system-arm") and shutil.which("arm-none-eabi-gcc")),
    reason="needs gcc-arm-none-eabi and qemu-system-arm",
)
@pytest.mark.parametrize("board_id", [None, "microbit", "mps2_an386", "mps3_an547"])
def test_boards_decide_as_the_host_over_a_long_sequence(
    decisions: DecisionLibrary, tmp_path: Path, board_id: str | None
) -> None:
    """None: the host once more, with sanitizers."""
    scores = random_walk(3_000, 4, seed=3)
    breaks = np.zeros(len(scores), np.uint8)
    breaks[::97], breaks[::1_000] = GAP, BEGINNING
    chosen = (
        Decision.debounced(3),
        Decision(weight=1, enter=256),
        Decision(weight=70, enter=140, leave=90, shortest=2, refractory=9),
        Decision(weight=40, enter=200, leave=100, resting=2, refractory=40),
    )
    settings = [decision_settings(one, 4) for one in chosen]
    (tmp_path / "settings.h").write_text("\n".join("{" + ", ".join(map(str, s.values())) + "}," for s in settings))
    for name, text in decision_sources().items():
        (tmp_path / name).write_text(text)
    block = np.column_stack([breaks, scores.view(np.uint8)]).tobytes()
    (tmp_path / "streams.bin").write_bytes(np.uint32(len(scores)).tobytes() + block + bytes(-len(block) % 4))
    board = None if board_id is None else find_board(board_id)
    command = ["gcc", *SANITIZED] if board is None else ["arm-none-eabi-gcc", *board_flags(board)]
    sources = [tmp_path / "ns_decision.c", MAIN, HARNESS / "stream_data.S"]
    argv = [*command, *STRICT, f"-I{tmp_path}", f"-Wa,-I{tmp_path}", *map(str, sources), "-o", "decide"]
    run_command(argv, cwd=tmp_path, timeout_s=60, env={"PATH": os.environ["PATH"]})
    program = tmp_path / "decide"
    done = run_command(
        [str(program)] if board is None else emulator(board, program, None), cwd=tmp_path, timeout_s=120,
        env={"PATH": os.environ["PATH"], "ASAN_OPTIONS": "detect_leaks=0"}, until=lambda line: line == b"done",
    )  # fmt: skip
    *lines, last = done.stdout.decode().split()
    assert last == "done"
    expected = ["".join("-0123"[c + 1] for c in decisions.in_force(one, scores, breaks)) for one in chosen]
    assert lines == expected
    assert min(len(set(line)) for line in (lines[0], *lines[2:])) >= 4
