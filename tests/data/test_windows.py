"""Windows: shapes, labels, padding, order of channels and classes, and their form on disk."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nanosmith.tools.data import limits
from nanosmith.tools.data.baseline import baseline, plain_features
from nanosmith.tools.data.profile import profile
from nanosmith.tools.data.read import read_folder
from nanosmith.tools.data.recordings import DataSet, Recording
from nanosmith.tools.data.split import split_off_test
from nanosmith.tools.data.window_set import WindowFile
from nanosmith.tools.data.windows import (
    WindowSet,
    clip_windows,
    continuous,
    cut,
    cut_for_training,
    cut_windows,
    default_window,
)
from nanosmith.tools.errors import DataError
from nanosmith.tools.specs.device_spec import Budget, Spec, WindowSpec


def spec(length: int, hop: int, channels: tuple[str, ...], classes: tuple[str, ...], rate: float | None = 10.0) -> Spec:
    return Spec(
        title="t", goal="g", board="b", classes=classes, channels=channels,
        window=WindowSpec(length=length, hop=hop, rate_hz=rate), metric="accuracy", metric_limit=0.5,
        metric_limit_source="default", budget=Budget(),
    )  # fmt: skip


def one(labels: list[int], *, classes: tuple[str, ...] = ("a", "b", "c")) -> DataSet:
    """A recording of two channels: the sample's number, and its negative."""
    count = np.arange(len(labels), dtype=np.float32)
    recording = Recording("r", np.stack([count, -count], axis=1), np.array(labels, dtype=np.int32), -1, "g")
    return DataSet("series", (recording,), classes, ("up", "down"), 10.0, "subject", ())


def test_both_parts_of_a_split_have_pictures_of_one_size(make: Any) -> None:
    """Most pictures are large; most of the sealed part's are small."""
    for word, level in (("dark", 40), ("light", 200)):
        for number in range(8):
            small = number < 3
            part = "test" if number < 4 else "train"
            make.picture(f"{part}/{word}/{number}.png", level=level, size=(12, 10) if small else (24, 20), seed=number)
    opened, sealed, _ = split_off_test(read_folder(make.root), seed=1)
    window = WindowSpec(length=20, hop=20, rate_hz=None)
    shapes = {cut(part, window, part.channels, part.classes).windows.shape[1:] for part in (opened, sealed)}
    assert shapes == {(20, 24, 3)}


def test_windows_hop_and_take_the_majority() -> None:
    windows = cut_windows(one([0] * 7 + [1] * 9), spec(8, 4, ("up", "down"), ("a", "b", "c")))
    assert windows.windows.shape == (3, 8, 2)
    assert windows.windows.dtype == np.float32
    assert windows.windows[:, 0, 0].tolist() == [0, 4, 8]
    assert windows.labels.tolist() == [0, 1, 1]


def test_channels_and_classes_come_in_the_order_of_the_spec() -> None:
    windows = cut_windows(one([0] * 8 + [2] * 8), spec(8, 8, ("down",), ("c", "a")))
    assert windows.classes == ("c", "a")
    assert windows.labels.tolist() == [1, 0]
    assert windows.windows.shape == (2, 8, 1)
    assert windows.windows[1, 3, 0] == -11


def test_windows_that_are_mostly_unlabelled_or_of_other_classes_are_not_cut() -> None:
    windows = cut_windows(one([-1] * 8 + [1] * 8 + [0] * 8), spec(8, 8, ("up",), ("a", "c")))
    assert windows.windows[:, 0, 0].tolist() == [16]


@pytest.mark.parametrize(
    ("what", "bad"), [("channel", spec(8, 8, ("up", "gx"), ("a", "b"))), ("class", spec(8, 8, ("up",), ("a", "z")))]
)
def test_what_the_data_does_not_have_is_refused(what: str, bad: Spec) -> None:
    with pytest.raises(DataError, match=f"{what} '(gx|z)' is not in the data; there are"):
        cut_windows(one([0] * 8 + [1] * 8), bad)


def test_a_window_longer_than_everything_is_refused() -> None:
    with pytest.raises(DataError, match="no labelled window of 99 samples fits; the longest recording has 16"):
        cut_windows(one([0] * 16), spec(99, 10, ("up",), ("a", "b")))


def test_windows_over_the_memory_bound_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "WINDOW_BYTES", 1000)
    with pytest.raises(DataError, match="a longer hop makes fewer"):
        cut_windows(one([0] * 64), spec(16, 1, ("up",), ("a", "b")))


@settings(deadline=None, max_examples=50)
@given(
    labels=st.lists(st.integers(-1, 2), min_size=1, max_size=80), length=st.integers(1, 20), hop=st.integers(1, 9)
)  # fmt: skip
def test_every_window_is_a_piece_of_its_recording_with_its_commonest_label(
    labels: list[int], length: int, hop: int
) -> None:
    data = one(labels)
    try:
        windows = cut_windows(data, spec(length, hop, ("up", "down"), ("a", "b", "c")))
    except DataError:
        return
    for window, label in zip(windows.windows, windows.labels, strict=True):
        start = int(window[0, 0])
        assert start % hop == 0
        np.testing.assert_array_equal(window, data.recordings[0].samples[start : start + length])
        inside = labels[start : start + length]
        assert inside.count(int(label)) == max(inside.count(c) for c in set(inside))


def test_a_short_clip_stands_in_the_middle_of_its_window() -> None:
    clip = np.arange(1, 5, dtype=np.float32)[:, None]
    assert clip_windows(clip, 8, 8, pad_with_zeros=True)[0][:, 0].tolist() == [0, 0, 1, 2, 3, 4, 0, 0]
    assert clip_windows(clip, 8, 8, pad_with_zeros=False)[0][:, 0].tolist() == [1, 1, 1, 2, 3, 4, 4, 4]


def test_of_a_longer_clip_the_energetic_part_is_taken() -> None:
    clip = np.zeros((15, 1), dtype=np.float32)
    clip[9:13] = [[1], [-1], [1], [-1]]
    (window,) = clip_windows(clip, 8, 8, pad_with_zeros=True)
    assert float(np.abs(window).sum()) == 4
    assert len(window) == 8


def test_a_long_clip_is_cut_whole_silence_included() -> None:
    clip = np.zeros((33, 1), dtype=np.float32)
    clip[0] = 1
    assert len(clip_windows(clip, 8, 8, pad_with_zeros=True)) == 4


def test_pictures_are_resized_to_the_common_size(make: Any) -> None:
    for number in range(3):
        make.picture(f"dark/{number}.png", level=40, seed=number)
        make.picture(f"light/{number}.png", level=200, seed=number)
    make.picture("dark/big.png", level=40, size=(48, 40))
    data = read_folder(make.root)
    windows = cut_windows(data, spec(1, 1, ("red", "green", "blue"), ("light", "dark"), None))
    assert windows.windows.shape == (7, 20, 24, 3)
    assert windows.windows.dtype == np.uint8
    assert windows.labels.tolist() == [1, 1, 1, 1, 0, 0, 0]
    assert abs(float(windows.windows[3].mean()) - 40) < 3
    assert continuous(data, spec(1, 1, ("red",), ("light", "dark"), None)) == []


def test_replay_gets_whole_recordings_with_a_label_for_each_sample() -> None:
    ((samples, labels),) = continuous(one([0, -1, 1, 2] * 3), spec(4, 2, ("down", "up"), ("c", "a")))
    assert samples.dtype == np.float32
    assert samples[3].tolist() == [-3.0, 3.0]
    assert labels.tolist() == [1, -1, -1, 0] * 3


def test_replay_of_clips_repeats_their_label(clips: Path) -> None:
    replays = continuous(read_folder(clips), spec(800, 800, ("audio",), ("low", "high"), 8000.0))
    assert len(replays) == 16
    assert all(len(samples) == len(labels) == 4000 and len(set(labels.tolist())) == 1 for samples, labels in replays)


def test_stored_windows_come_back_equal_and_memory_mapped(subjects: Path, tmp_path: Path) -> None:
    data = read_folder(subjects)
    windows = cut(data, WindowSpec(length=50, hop=25, rate_hz=50.0), ("az", "ax"), data.classes)
    windows.save(tmp_path / "open")
    again = WindowSet.load(tmp_path / "open")
    assert isinstance(again.windows, np.memmap)
    np.testing.assert_array_equal(again.windows, windows.windows)
    np.testing.assert_array_equal(again.labels, windows.labels)
    assert (again.classes, again.group_names) == (windows.classes, windows.group_names)
    assert again.labels.dtype == again.groups.dtype == again.recordings.dtype == np.int32
    first = {p.name: p.read_bytes() for p in (tmp_path / "open").iterdir()}
    windows.save(tmp_path / "again")
    assert {p.name: p.read_bytes() for p in (tmp_path / "again").iterdir()} == first


@pytest.mark.parametrize("damage", ["windows.json", "windows.npy", "labels.npy"])
def test_damaged_windows_are_refused(tmp_path: Path, damage: str) -> None:
    windows = cut_windows(one([0] * 8 + [1] * 8), spec(8, 8, ("up",), ("a", "b")))
    windows.save(tmp_path)
    (tmp_path / damage).write_bytes(b"{")
    with pytest.raises(DataError, match="the stored windows can't be read"):
        WindowSet.load(tmp_path)


def test_windows_without_their_record_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="the stored windows can't be read"):
        WindowSet.load(tmp_path)


def test_default_windows(subjects: Path, make: Any) -> None:
    opened, sealed, source = split_off_test(read_folder(subjects), seed=1)
    found = profile(opened, sealed, source)
    assert default_window(found) == WindowSpec(length=52, hop=26, rate_hz=50.0)
    assert default_window(found.model_copy(update={"typical_segment_s": 9.0})).length == 128
    assert default_window(found.model_copy(update={"typical_segment_s": 0.1})).length == 52
    slow = found.model_copy(update={"rate_hz": 1.0, "typical_segment_s": 400.0})
    assert default_window(slow).length == 52
    ready = found.model_copy(update={"kind": "windows", "window_samples": 77})
    assert default_window(ready) == WindowSpec(length=77, hop=77, rate_hz=50.0)
    unknown = found.model_copy(update={"rate_hz": None})
    assert default_window(unknown) == WindowSpec(length=128, hop=64, rate_hz=None)


def test_default_window_of_clips_is_the_clip(clips: Path) -> None:
    opened, sealed, source = split_off_test(read_folder(clips), seed=1)
    window = default_window(profile(opened, sealed, source))
    assert window == WindowSpec(length=4000, hop=4000, rate_hz=8000.0)
    assert len(cut(opened, window, ("audio",), ("low", "high"))) == len(opened.recordings)


@pytest.mark.parametrize("metric", ["accuracy", "macro_f1", "balanced_accuracy"])
def test_baseline_tells_shaking_from_rest_and_repeats_itself(subjects: Path, metric: str) -> None:
    data = read_folder(subjects)
    windows = cut(data, WindowSpec(length=50, hop=50, rate_hz=50.0), data.channels, data.classes)
    found = baseline(windows, metric, 1)
    assert found.value > 0.95
    assert found.groups == 8
    assert baseline(windows, metric, 1) == found
    shuffled = replace(windows, labels=np.random.default_rng(0).permutation(windows.labels).astype(np.int32))
    assert baseline(shuffled, metric, 1).value < 0.75


def test_baseline_of_one_group_is_refused() -> None:
    windows = cut_windows(one([0] * 8 + [1] * 8), spec(8, 8, ("up",), ("a", "b")))
    with pytest.raises(DataError, match="fewer than two classes or two groups"):
        baseline(windows, "accuracy", 1)


@pytest.mark.parametrize("shape", [(3, 1, 2), (3, 5, 1), (3, 128, 6), (2, 4096, 1), (2, 30, 40, 3)])
def test_plain_features_are_finite_for_any_shape(shape: tuple[int, ...]) -> None:
    windows = np.random.default_rng(0).integers(0, 255, shape).astype(np.uint8 if len(shape) == 4 else np.float32)
    features = plain_features(windows)
    assert features.shape[0] == shape[0]
    assert np.isfinite(features).all()


@pytest.mark.parametrize(("hop", "every"), [(8, 4), (5, 5), (7, 1), (16, 1)])
def test_training_sees_windows_in_between_that_are_never_scored(hop: int, every: int) -> None:
    data = one([0] * 40 + [1] * 40)
    dense, plain = (cut(data, spec(16, hop, ("up",), ("a", "b"))) for cut in (cut_for_training, cut_windows))
    scored = dense.scored()
    assert np.array_equal(dense.windows[scored], plain.windows)
    assert np.array_equal(dense.labels[scored], plain.labels)
    starts = 80 - 16
    assert len(dense) == (len(plain) if every == 1 else starts // (hop // every) + 1)


def test_windows_cut_into_a_file_equal_those_cut_into_memory(subjects: Path, tmp_path: Path) -> None:
    data = read_folder(subjects)
    wanted = spec(40, 10, ("ax", "ay", "az"), ("rest", "shake"))
    inside, outside = cut_windows(data, wanted), cut_windows(data, wanted, into=tmp_path / "w")
    assert isinstance(outside.windows, np.memmap)
    assert np.array_equal(inside.windows, outside.windows)
    before = (tmp_path / "w" / "windows.npy").stat()
    outside.save(tmp_path / "w")
    assert (tmp_path / "w" / "windows.npy").stat().st_mtime_ns == before.st_mtime_ns
    again = WindowSet.load(tmp_path / "w")
    assert np.array_equal(again.windows, inside.windows)
    assert again.labels.tolist() == inside.labels.tolist()


def test_a_file_that_was_not_finished_is_refused(subjects: Path, tmp_path: Path) -> None:
    data = read_folder(subjects)
    wanted = spec(40, 10, ("ax", "ay", "az"), ("rest", "shake"))
    cut_windows(data, wanted, into=tmp_path).save(tmp_path)
    with WindowFile(tmp_path / "windows.npy") as file:
        file.append(np.zeros((40, 3), np.float32))
    with pytest.raises(DataError):
        WindowSet.load(tmp_path)


def test_thinning_keeps_every_nth(subjects: Path) -> None:
    data = read_folder(subjects)
    window = WindowSpec(length=40, hop=10, rate_hz=50.0)
    whole, thinned = (cut(data, window, data.channels, data.classes, thin=thin) for thin in (1, 3))
    assert np.array_equal(thinned.windows, whole.windows[::3])


def test_a_training_is_given_what_fits_and_rare_classes_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    labels = np.repeat(np.array([0, 1, 2], np.int32), [900, 90, 10])
    zeros = np.zeros(1000, np.int32)
    windows = WindowSet(np.zeros((1000, 8, 2), np.float32), labels, zeros, zeros, ("a", "b", "c"), ("g",))
    assert windows.trainable().tolist() == list(range(1000))
    monkeypatch.setattr("nanosmith.tools.data.window_set.TRAINING_BYTES", 200 * 64)
    chosen = windows.trainable()
    assert np.bincount(labels[chosen]).tolist() == [100, 90, 10]
    assert len(np.unique(chosen)) == 200
    assert chosen[:100].max() > 890


def test_recordings_past_the_memory_share_lie_on_disk(subjects: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = read_folder(subjects)
    monkeypatch.setattr("nanosmith.tools.data.limits.MEMORY_BYTES", 5_000)
    outside = read_folder(subjects)
    assert any(isinstance(r.samples, np.memmap) for r in outside.recordings)
    assert not isinstance(outside.recordings[0].samples, np.memmap)
    assert all(np.array_equal(a.samples, b.samples) for a, b in zip(inside.recordings, outside.recordings, strict=True))


def _plugs(*, off: bool = False) -> DataSet:
    """Three appliances on two plugs each, on for the first tenth of an hour; with `off` the third one never is."""
    random = np.random.default_rng(5)
    recordings = []
    for number in range(6):
        power = random.integers(0, 3, 600).astype(np.float32)
        if not (off and number % 3 == 2):
            power[:60] += 400 * (1 + number % 3)
        recordings.append(Recording(f"{number}.csv", power[:, None], None, number % 3, f"plug {number}"))
    return DataSet("series", tuple(recordings), ("kettle", "lamp", "off"), ("power",), 1.0, "plug", ())


def test_windows_in_which_nothing_happens_are_left_out_and_that_is_said() -> None:
    opened, sealed, _ = split_off_test(_plugs(), seed=1)
    windows = cut_windows(opened, spec(50, 50, ("power",), opened.classes, 1.0))
    assert len(windows) == 2 * len(opened.recordings)  # of twelve; the second holds the last ten samples of power
    assert (windows.windows.max(axis=(1, 2)) > 100).all()
    assert len(cut_windows(sealed, spec(50, 50, ("power",), sealed.classes, 1.0))) == 2 * len(sealed.recordings)
    assert any("nothing happens in 90% of the time" in note.message for note in opened.notes)


def test_a_class_that_is_idle_from_end_to_end_keeps_its_windows() -> None:
    opened, _, _ = split_off_test(_plugs(off=True), seed=1)
    assert opened.idle is None
    assert len(cut_windows(opened, spec(50, 50, ("power",), opened.classes, 1.0))) == 12 * len(opened.recordings)


def test_a_signal_that_rests_in_its_middle_is_never_idle() -> None:
    data = _plugs()
    shaking = tuple(replace(r, samples=r.samples * np.float32(-1) ** np.arange(600)[:, None]) for r in data.recordings)
    assert split_off_test(replace(data, recordings=shaking), seed=1)[0].idle is None
