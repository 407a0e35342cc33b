"""The sealed part stays sealed: whole groups, honest notes, and statistics of the open part only."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nanosmith.tools.data.profile import profile
from nanosmith.tools.data.read import read_folder
from nanosmith.tools.data.recordings import DataSet, Recording
from nanosmith.tools.data.split import split_off_test
from nanosmith.tools.errors import DataError


def made(groups: list[int], labels: list[int], *, kind: Any = "windows", group_kind: str | None = "subject") -> DataSet:
    """Windows of eight samples whose values are their own number."""
    recordings = tuple(
        Recording(
            name=f"w{i}", samples=np.full((8, 1), i, dtype=np.float32), labels=None, label=label,
            group=f"g{group}" if group_kind else f"w{i}",
        )
        for i, (group, label) in enumerate(zip(groups, labels, strict=True))
    )  # fmt: skip
    names = tuple("abcdef"[: max(labels) + 1])
    return DataSet(kind, recordings, names, ("x",), 10.0, group_kind, ())


@settings(deadline=None, max_examples=60)
@given(
    people=st.integers(4, 12), each=st.integers(1, 6), classes=st.integers(2, 4), seed=st.integers(0, 9),
)  # fmt: skip
def test_no_group_is_on_both_sides(people: int, each: int, classes: int, seed: int) -> None:
    groups = [g for g in range(people) for _ in range(each * classes)]
    labels = [c for _ in range(people * each) for c in range(classes)]
    opened, sealed, source = split_off_test(made(groups, labels), seed=seed)
    assert source == "by group"
    assert not {r.group for r in opened.recordings} & {r.group for r in sealed.recordings}
    assert {r.name for r in opened.recordings} | {r.name for r in sealed.recordings} == {
        f"w{i}" for i in range(len(groups))
    }
    assert {r.label for r in opened.recordings} == {r.label for r in sealed.recordings} == set(range(classes))
    share = len({r.group for r in sealed.recordings}) / people
    assert 0.1 <= share <= 0.5


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 2)), min_size=12, max_size=60), st.integers(0, 5))
def test_odd_groups_are_split_cleanly_or_refused(pairs: list[tuple[int, int]], seed: int) -> None:
    data = made([group for group, _ in pairs], [label for _, label in pairs])
    try:
        opened, sealed, source = split_off_test(data, seed=seed)
    except DataError:
        return
    assert opened.recordings
    assert sealed.recordings
    if source == "by group":
        assert not {r.group for r in opened.recordings} & {r.group for r in sealed.recordings}
    assert not {r.name for r in opened.recordings} & {r.name for r in sealed.recordings}
    assert {r.label for r in sealed.recordings} <= {r.label for r in opened.recordings}


def test_the_same_seed_gives_the_same_split() -> None:
    data = made([i // 6 for i in range(60)], [i % 3 for i in range(60)])
    names = [[r.name for r in split_off_test(data, seed=s)[1].recordings] for s in (1, 1, 2, 3, 4)]
    assert names[0] == names[1]
    assert any(names[0] != other for other in names[2:])


def test_marks_are_honored() -> None:
    data = made([i // 4 for i in range(16)], [i % 2 for i in range(16)])
    marked = replace(
        data, recordings=tuple(replace(r, split="test" if i >= 12 else "train") for i, r in enumerate(data.recordings))
    )
    opened, sealed, source = split_off_test(marked, seed=1)
    assert source == "marked"
    assert [r.name for r in sealed.recordings] == ["w12", "w13", "w14", "w15"]
    assert not any("leak" in note.message for note in opened.notes)


def test_words_in_file_names_mark_the_test(make: Any) -> None:
    for number in range(3):
        make.recording(f"s{number}_TRAIN.csv", seed=number)
    make.recording("s3_TEST.csv", seed=3)
    data = read_folder(make.root)
    _, sealed, source = split_off_test(data, seed=1)
    assert source == "marked"
    assert [recording.name for recording in sealed.recordings] == ["s3_TEST.csv"]
    assert any("marked by a word in the file names" in note.message for note in data.notes)


def test_the_only_fault_is_sealed_where_normal_operation_is_open() -> None:
    """It can be tested without having been learned; the other way round there would be no test of it."""
    labels = np.zeros(160, np.int32)
    labels[65:69] = 1
    for seed in range(4):
        data = replace(made([0, 1], [0, 1], kind="series", group_kind=None), classes=("normal", "leak"))
        recordings = tuple(
            replace(recording, samples=np.zeros((160, 1), np.float32), labels=marks, label=-1)
            for recording, marks in zip(data.recordings, (labels, 0 * labels), strict=True)
        )
        opened, sealed, _ = split_off_test(replace(data, recordings=recordings), seed=seed)
        assert sum(int(r.class_counts(2)[1]) for r in opened.recordings) == 0
        assert sum(int(r.class_counts(2)[1]) for r in sealed.recordings) == 4


def test_a_group_on_both_sides_of_a_marked_split_is_a_leak_that_is_told() -> None:
    data = made([i % 4 for i in range(16)], [i % 2 for i in range(16)])
    marked = replace(
        data, recordings=tuple(replace(r, split="test" if i >= 12 else "train") for i, r in enumerate(data.recordings))
    )
    opened, _, source = split_off_test(marked, seed=1)
    assert source == "marked"
    assert any(n.severity == "warning" and "leak: 4 of 4 subject groups" in n.message for n in opened.notes)
    _, sealed, other = split_off_test(marked, seed=1, honor_marks=False)
    assert other == "by group"
    assert len({r.group for r in sealed.recordings}) == 1


def test_a_class_that_only_the_test_has_is_pointed_out() -> None:
    data = made([0, 0, 1, 1], [0, 1, 1, 2])
    marked = replace(
        data, recordings=tuple(replace(r, split="test" if i == 3 else "train") for i, r in enumerate(data.recordings))
    )
    opened, sealed, _ = split_off_test(marked, seed=1)
    warnings = [note.message for note in opened.notes if note.severity == "warning"]
    assert any("class 'c' has recordings in the test part only" in message for message in warnings)
    assert [c.samples > 0 for c in profile(opened, sealed, "marked").classes] == [True, True, False]


def test_without_groups_whole_recordings_are_sealed(clips: Path) -> None:
    opened, sealed, source = split_off_test(read_folder(clips), seed=1)
    assert source == "by recording"
    assert len(sealed.recordings) == 4
    text = " ".join(n.message for n in profile(opened, sealed, source).notes)
    assert "no subjects, machines or sessions were found" in text


def test_parts_of_one_file_are_never_shared_out(make: Any) -> None:
    for number in range(6):
        rows = make.recording(f"r{number}.csv", seed=number).read_text().splitlines()
        make.table(f"r{number}.csv", rows[:81] + rows[141:])
    opened, sealed, source = split_off_test(read_folder(make.root), seed=1)
    assert source == "by recording"
    files = [{r.name.removesuffix("[2]") for r in part.recordings} for part in (opened, sealed)]
    assert not files[0] & files[1]


def test_one_file_a_class_is_cut_in_time_and_said_to_flatter(make: Any) -> None:
    for word in ("idle", "wave"):
        make.recording(f"{word}/only.csv", labels=False, seconds=16)
    opened, sealed, source = split_off_test(read_folder(make.root), seed=1)
    assert source == "by recording"
    assert len(opened.recordings) == 12
    assert len(sealed.recordings) == 4
    assert sum(len(r.samples) for r in (*opened.recordings, *sealed.recordings)) == 2 * 800
    assert any("its score will flatter" in n.message for n in opened.notes)


def test_sealed_values_reach_no_statistic(subjects: Path) -> None:
    opened, sealed, source = split_off_test(read_folder(subjects), seed=1)
    before = profile(opened, sealed, source)
    loud = replace(
        sealed,
        recordings=tuple(
            replace(r, samples=r.samples * 1000 + 7, labels=None, label=1, missing=(9, 9, 9)) for r in sealed.recordings
        ),
    )
    assert profile(opened, loud, source) == before
    assert before.sealed_groups == 2
    assert len(before.groups) == 6
    assert not {r.group for r in sealed.recordings} & set(before.groups)


def test_profile_of_motion(subjects: Path) -> None:
    opened, sealed, source = split_off_test(read_folder(subjects), seed=1)
    found = profile(opened, sealed, source)
    assert (found.recordings, found.total_s, found.rate_hz) == (16, 64.0, 50.0)
    assert found.labels_per_sample
    assert found.typical_segment_s == 1.0
    assert [(c.name, c.recordings, c.samples, c.groups) for c in found.classes] == [
        ("rest", 12, 1200, 6), ("shake", 12, 1200, 6),
    ]  # fmt: skip
    values = np.concatenate([r.samples[:, 2] for r in opened.recordings])
    assert found.channels[2].mean == pytest.approx(float(values.mean()), rel=1e-5)
    assert found.channels[2].std == pytest.approx(float(values.std()), rel=1e-4)


def test_constant_and_clipped_channels_are_told(make: Any) -> None:
    for number in range(4):
        rows = ["dead,loud [m/s^2],label"]
        rows += [f"1.5,{min(4.0, abs((i % 40) - 20)):.2f},{'ab'[i // 50 % 2]}" for i in range(200)]
        make.table(f"r{number}.csv", rows)
    opened, sealed, source = split_off_test(read_folder(make.root), seed=1)
    found = profile(opened, sealed, source)
    dead, loud = found.channels
    assert dead.is_constant
    assert (loud.unit, loud.is_constant) == ("m/s²", False)
    assert loud.clipped_fraction > 0.5
    text = " ".join(n.message for n in found.notes)
    assert "channel 'dead' never changes (1.5)" in text
    assert "it is clipped, or idle" in text


def test_padding_silence_is_told(make: Any) -> None:
    from scipy.io import wavfile

    for number in range(4):
        for word, hz in (("low", 300), ("high", 1500)):
            path = make.tone(f"{word}/{number}.wav", hz=hz, seed=number)
            rate, tone = wavfile.read(path)
            wavfile.write(path, rate, np.concatenate([tone, np.zeros(3 * len(tone), dtype=np.int16)]))
    opened, sealed, source = split_off_test(read_folder(make.root), seed=1)
    text = " ".join(n.message for n in profile(opened, sealed, source).notes)
    assert "in 6 of 6 clips more than half is silence; nothing was cut away" in text


def test_what_is_not_marked_as_test_is_open() -> None:
    data = made([i // 4 for i in range(16)], [i % 2 for i in range(16)])
    marked = replace(
        data, recordings=tuple(replace(r, split="test" if i < 4 else None) for i, r in enumerate(data.recordings))
    )
    opened, sealed, source = split_off_test(marked, seed=1)
    assert source == "marked"
    assert len(opened.recordings) == 12
    assert {r.group for r in sealed.recordings} == {"g0"}


def test_levels_that_differ_from_group_to_group_are_told(make: Any) -> None:
    random = np.random.default_rng(3)
    for number in range(6):
        wave = random.normal(2.0 * number, 2.0 ** (number % 3), 400)
        make.table(f"{'ab'[number % 2]}/p{number}.csv", ["mv", *(f"{value:.4f}" for value in wave)])
    opened, sealed, source = split_off_test(read_folder(make.root), seed=1)
    (channel,) = profile(opened, sealed, source).channels
    means, deviations = np.array([(r.samples.mean(), r.samples.std()) for r in opened.recordings]).T
    assert channel.offset_spread == pytest.approx(means.std() / np.sqrt(np.square(deviations).mean()), rel=1e-3)
    assert channel.gain_spread == pytest.approx(np.log(deviations).std(), rel=1e-3)
