"""Recordings that came irregularly are put on their grid as the device does it; what went in is kept for a replay."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from nanosmith.tools.data.on_grid import evenly, on_grid
from nanosmith.tools.data.profile import profile
from nanosmith.tools.data.read import read_folder
from nanosmith.tools.data.recordings import DataSet, Recording
from nanosmith.tools.data.reference import relative_to_start
from nanosmith.tools.data.split import split_off_test
from nanosmith.tools.data.timed_replay import MOST_SAMPLES, TimedReplay, due_answers, timed_replay
from nanosmith.tools.specs.default_window import default_window
from nanosmith.tools.specs.device_spec import Budget, Spec, WindowSpec
from nanosmith.tools.specs.time_grid import LONGEST_GAP_US, TimeGrid

GRID = TimeGrid.of(50.0, 500_000)


def times_of(count: int = 500, *, seed: int = 0, hole_s: float = 0.0) -> NDArray[np.float64]:
    """Seconds at some 50 Hz with jitter and lost samples; a hole after two fifths."""
    random = np.random.default_rng(seed)
    seconds = np.arange(count) * 0.02 + random.uniform(-0.006, 0.006, count)
    seconds[2 * count // 5 :] += hole_s
    return seconds[random.random(count) > 0.03]


def write(make: Any, name: str, seconds: NDArray[np.float64], **changes: str) -> None:
    """Two channels that move, and a label that changes every second; `changes` overwrites rows by number."""
    rows = [
        f"{t:.6f},{np.sin(7 * t):.5f},{np.cos(3 * t) * 1e3:.3f},{'ab'[int(t) % 2]}" for t in seconds - seconds[0] + 5
    ]
    for number, cells in changes.items():
        row = int(number.removeprefix("row"))
        rows[row] = rows[row].split(",")[0] + cells + ",a"
    make.table(name, ["time_s,x,y,label", *rows])


def spec(data: DataSet, *, length: int = 40, reference: int = 0) -> Spec:
    window = WindowSpec(length=length, hop=10, rate_hz=data.rate_hz, reference=reference)
    return Spec(
        title="t", goal="g", board="mps2_an386", classes=data.classes, channels=data.channels[::-1], window=window,
        metric="accuracy", metric_limit=0.5, metric_limit_source="data", budget=Budget(),
    )  # fmt: skip


def parts_of(data: DataSet, file: str) -> list[Recording]:
    return [recording for recording in data.recordings if recording.file == file]


def played_whole(parts: list[Recording], grid: TimeGrid) -> Any:
    """All of a file as the device gets it."""
    timed = [part.timed for part in parts if part.timed is not None]
    assert len(timed) == len(parts)
    times = np.concatenate([piece.times_us for piece in timed])
    return on_grid(np.concatenate([piece.samples for piece in timed]), times.astype(np.uint32), grid)


def test_samples_are_those_that_the_device_makes(make: Any) -> None:
    for number in range(2):
        write(make, f"{number}.csv", times_of(seed=number, hole_s=4.0))
    data = read_folder(make.root)
    assert (data.rate_hz, data.grid) == (50.0, GRID)
    for number in range(2):
        parts = parts_of(data, f"{number}.csv")
        assert len(parts) == 2
        made = played_whole(parts, GRID)
        np.testing.assert_array_equal(made.samples, np.concatenate([part.samples for part in parts]))
        np.testing.assert_array_equal(np.flatnonzero(made.restarts), [0, len(parts[0].samples)])
        seconds = 5 + np.concatenate([made.seconds])
        np.testing.assert_allclose(made.samples[:, 0], np.sin(7 * seconds), atol=0.02)
        labels = np.concatenate([part.labels for part in parts if part.labels is not None])
        assert np.mean(labels == seconds.astype(int) % 2) > 0.97
    effects = [note.effect for note in data.notes if "irregular sampling" in note.message]
    assert effects
    assert "the firmware takes each sample with its time" in effects[0]
    found = profile(*split_off_test(data, seed=1))
    assert found.longest_gap_us == default_window(found).longest_gap_us == 500_000


def test_recordings_that_came_evenly_have_no_times(make: Any) -> None:
    """At one rate, at several, with holes, and with clocks that tell nothing."""
    make.recording("a.csv")
    make.recording("b.csv", rate=25)
    write(make, "c.csv", np.arange(400) * 0.02 + np.repeat([0.0, 9.0], 200))
    data = read_folder(make.root / "a.csv")
    assert data.grid is None
    for name in ("b.csv", "c.csv"):
        assert read_folder(make.root / name).grid is None
    make.path("a.csv").unlink()
    make.path("c.csv").unlink()
    rows = ["timestamp,ax,label", *(f"{1_700_000_000 + i // 50},{i},{'ab'[i // 50 % 2]}" for i in range(501))]
    make.table("b.csv", rows)
    data = read_folder(make.root)
    assert data.grid is None
    assert all(recording.timed is None for recording in data.recordings)


def test_one_irregular_recording_puts_all_on_the_grid(make: Any) -> None:
    even = np.arange(400) * 0.02
    write(make, "even.csv", even)
    write(make, "even2.csv", even)
    alone = read_folder(make.root)
    assert alone.grid is None
    write(make, "odd.csv", times_of(400))
    data = read_folder(make.root)
    assert data.grid == GRID
    assert all(recording.timed is not None for recording in data.recordings)
    np.testing.assert_array_equal(data.recordings[0].samples, alone.recordings[0].samples)


def test_long_stretches_without_values_are_holes_and_short_ones_are_filled(make: Any) -> None:
    lost = {f"row{row}": ",," for row in [*range(100, 160), 300]}
    write(make, "a.csv", times_of(), **lost)
    write(make, "b.csv", times_of(seed=1))
    data = read_folder(make.root)
    parts = parts_of(data, "a.csv")
    assert len(parts) == 2
    made = played_whole(parts, GRID)
    np.testing.assert_array_equal(made.samples, np.concatenate([part.samples for part in parts]))
    assert sum(sum(part.missing) for part in parts) == 2


def test_a_stretch_without_values_that_is_shorter_than_a_hole_is_bridged_as_on_the_device(make: Any) -> None:
    """Rows of a faster recording: more than 25 of them, in less time than 25 steps of the grid."""
    fast = np.arange(1_200) * 0.005 + np.random.default_rng(2).uniform(-0.002, 0.002, 1_200)
    write(make, "fast.csv", fast, **{f"row{row}": ",," for row in range(600, 640)})
    for number in range(3):
        write(make, f"{number}.csv", times_of(1_200, seed=number))
    data = read_folder(make.root)
    (part,) = parts_of(data, "fast.csv")
    assert part.timed is not None
    assert len(part.timed.samples) == 1_160
    assert data.grid is not None
    np.testing.assert_array_equal(part.samples, played_whole([part], data.grid).samples)


def test_holes_are_as_long_for_slow_recordings_as_for_all(make: Any) -> None:
    """The device has one longest hole; a recording whose own steps are half as long falls apart at lost samples."""
    for number in range(3):
        write(make, f"{number}.csv", times_of(2_000, seed=number))
    slow = times_of(2_000)[::15]
    write(make, "slow.csv", np.concatenate([slow[:50], slow[52:]]))
    data = read_folder(make.root)
    assert data.grid is not None
    assert data.rate_hz is not None
    assert data.grid.longest_gap_us == round(25e6 / data.rate_hz)
    assert len(parts_of(data, "slow.csv")) > 1


@pytest.mark.parametrize(("step_s", "gap_us"), [(60, 1_500_000_000), (300, LONGEST_GAP_US), (3_600, None)])
def test_slow_clocks(make: Any, step_s: float, gap_us: int | None) -> None:
    """Up to 18 minutes a sample the device's clock tells what is a hole; slower ones it must take evenly."""
    for number in range(2):
        write(make, f"{number}.csv", times_of(200, seed=number) * step_s * 50)
    data = read_folder(make.root)
    assert data.rate_hz == pytest.approx(1 / step_s, rel=0.02)
    assert (None if data.grid is None else data.grid.longest_gap_us) == gap_us
    effect = next(note.effect for note in data.notes if "irregular sampling" in note.message)
    assert ("the device must sample evenly" in effect) == (gap_us is None)


def test_blocks_in_time_keep_what_they_were_made_of(make: Any) -> None:
    write(make, "a.csv", times_of(2_000))
    opened, sealed, source = split_off_test(read_folder(make.root), seed=1)
    assert source == "by recording"
    blocks = (*opened.recordings, *sealed.recordings)
    assert len(blocks) == 8
    for block in blocks:
        assert block.timed is not None
        made = on_grid(block.timed.samples, block.timed.times_us, GRID)
        assert abs(len(made.samples) - len(block.samples)) <= 2
        assert np.abs(block.timed.samples[0, 0] - block.samples[0, 0]) < 0.3
    replay = timed_replay(sealed, spec(sealed))
    assert replay is not None


def test_a_replay_has_the_hole_that_there_is(make: Any, tmp_path: Path) -> None:
    write(make, "a.csv", times_of(hole_s=0.0))
    write(make, "b.csv", times_of(seed=1, hole_s=3_000.0))
    data = read_folder(make.root)
    replay = timed_replay(data, spec(data))
    assert replay is not None
    replay.save(tmp_path)
    loaded = TimedReplay.load(tmp_path)
    assert loaded is not None
    first, second = parts_of(data, "b.csv")
    made = on_grid(loaded.samples, loaded.times_us, GRID)
    expected = np.concatenate([first.samples, second.samples])[:, ::-1]
    np.testing.assert_array_equal(made.samples, expected)
    np.testing.assert_array_equal(np.flatnonzero(made.restarts), [0, len(first.samples)])
    assert first.labels is not None
    assert second.labels is not None
    assert np.mean(loaded.labels[made.nearest] == np.concatenate([first.labels, second.labels])) > 0.97
    assert (np.diff(loaded.times_us.astype(np.int64)) < -(2**31)).sum() == 1, "the clock runs over"
    assert TimedReplay.load(make.root) is None


def test_a_replay_is_given_a_hole_where_there_is_none(make: Any) -> None:
    write(make, "a.csv", times_of())
    write(make, "b.csv", times_of(seed=1))
    data = read_folder(make.root)
    replay = timed_replay(data, spec(data))
    assert replay is not None
    made = on_grid(replay.samples, replay.times_us, GRID)
    assert made.restarts.sum() == 2
    part = data.recordings[0]
    assert part.timed is not None
    assert 0 < len(part.timed.samples) - len(replay.samples) < 60


def test_replays_are_bounded_finite_and_long_enough(make: Any) -> None:
    write(make, "a.csv", times_of(200))
    write(make, "b.csv", times_of(30_000, seed=1))
    data = read_folder(make.root)
    replay = timed_replay(data, spec(data, length=300))
    assert replay is not None
    assert 0.9 * MOST_SAMPLES < len(replay.samples) <= MOST_SAMPLES
    assert timed_replay(data, spec(data, length=40_000)) is None
    assert timed_replay(replace(data, grid=None), spec(data)) is None
    spoilt = data.recordings[1].timed
    assert spoilt is not None
    broken = replace(spoilt, samples=np.full_like(spoilt.samples, np.nan))
    only = replace(data, recordings=(replace(data.recordings[1], timed=broken),))
    assert timed_replay(only, spec(only)) is None


def test_answers_are_due_within_each_piece(make: Any) -> None:
    write(make, "a.csv", times_of(hole_s=2.0))
    write(make, "b.csv", times_of(seed=1))
    data = read_folder(make.root)
    made = played_whole(parts_of(data, "a.csv"), GRID)
    (_, hole), (_, end) = made.runs()
    for reference in (0, 25, hole + 3):
        window = spec(data, reference=reference).window
        due = due_answers(made.samples, made.runs(), window)
        before = range(reference, hole - 40 + 1, 10)
        after = range(max(hole, reference), end - 40 + 1, 10)
        np.testing.assert_array_equal(due.ends - 40, [*before, *after])
        np.testing.assert_array_equal(np.flatnonzero(due.after_hole), [len(before)])
        samples = relative_to_start(made.samples, reference) if reference else made.samples
        np.testing.assert_array_equal(due.windows[-1], samples[after[-1] - reference :][:40])
    even = evenly(made.samples[:100], 50.0)
    assert len(due_answers(even.samples, even.runs(), spec(data).window).windows) == 7
    assert due_answers(even.samples[:10], [(0, 10)], spec(data).window).windows.shape == (0, 40, 2)
