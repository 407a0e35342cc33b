"""Recordings for a goal that asks for a number: where it is, what is odd about it, and what a window's is."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nanosmith.tools.data.number_sources import numeric_names
from nanosmith.tools.data.numbers import in_ranges, with_number
from nanosmith.tools.data.read import read_folder
from nanosmith.tools.data.recordings import DataSet
from nanosmith.tools.data.split import split_off_test
from nanosmith.tools.data.survey import Survey, survey
from nanosmith.tools.data.windows import cut_windows
from nanosmith.tools.errors import DataError
from nanosmith.tools.specs.data_profile import NO_CLASS
from nanosmith.tools.specs.device_spec import Budget, Spec, Target, WindowSpec


def pump(make: Any, name: str, seed: int, *, flow_name: str = "flow [l/min]", cells: dict[int, str] | None = None):
    """Vibration that follows a flow, 50 samples a second for eight seconds."""
    random = np.random.default_rng(seed)
    flow = 4 + 2 * np.sin(np.arange(400) / 60 + seed)
    vibration = flow * np.sin(np.arange(400) * 0.9) + 0.1 * random.standard_normal(400)
    current = 0.2 * flow + 0.05 * random.standard_normal(400)
    told = [(cells or {}).get(row, f"{value:.3f}") for row, value in enumerate(flow)]
    rows = [f"{row / 50:.2f},{vibration[row]:.4f},{current[row]:.4f},{told[row]}" for row in range(400)]
    return make.table(name, [f"time_s,vibration,current,{flow_name}", *rows])


def pumps(make: Any, count: int = 6) -> DataSet:
    for number in range(count):
        pump(make, f"run{number}.csv", number)
    return read_folder(make.root, number_wanted=True)


def weighed(make: Any, weights: list[str], header: str = "file,person,weight_kg") -> DataSet:
    rows = [header]
    for number, weight in enumerate(weights):
        make.recording(f"r{number}.csv", seed=number, labels=False)
        rows.append(f"r{number}.csv,p{number // 2},{weight}")
    make.table("index.csv", rows)
    return read_folder(make.root, number_wanted=True)


def spec_of(target: Target, channels: tuple[str, ...], length: int = 100) -> Spec:
    return Spec(
        title="t", goal="g", board="mps2_an386", task="number", classes=(), target=target, channels=channels,
        window=WindowSpec(length=length, hop=50, rate_hz=50.0), metric="mae", direction="minimize", metric_limit=1.0,
        metric_limit_source="goal", budget=Budget(),
    )  # fmt: skip


def target_of(name: str, source: str) -> Target:
    return Target.model_validate({"name": name, "source": source, "decimals": 1, "plain_error": 1.0})


def surveyed(data: DataSet) -> Survey:
    return survey(*split_off_test(data, seed=1, by_class=False), seed=1, number_wanted=True)


def messages(found: Survey) -> str:
    return "\n".join(note.message for note in found.profile.notes)


def test_without_a_number_wanted_recordings_need_a_class(make: Any) -> None:
    pump(make, "a.csv", 0)
    with pytest.raises(DataError, match="no labels were found"):
        read_folder(make.root)


def test_a_channel_can_be_estimated_from_the_others(make: Any) -> None:
    data = pumps(make)
    assert data.classes == (NO_CLASS,)
    flow = surveyed(data).profile.number("flow [l/min]")
    assert flow is not None
    assert (flow.source, flow.unit, flow.missing) == ("channel", "l/min", 0)
    assert 1.9 < flow.minimum < flow.maximum < 6.1
    assert sum(flow.histogram) > 0
    plain, linear = (next(m.value for m in part if m.name == "mae") for part in (flow.plain, flow.linear))
    assert linear < 0.3 * plain, "vibration and current follow the flow"


def test_a_window_has_the_mean_of_its_samples(make: Any) -> None:
    data = pumps(make)
    target = target_of("flow [l/min]", "channel")
    windows = cut_windows(with_number(data, target), spec_of(target, ("vibration", "current")))
    assert windows.numbers is not None
    flow = data.recordings[0].samples[:, 2]
    starts = range(0, 400 - 99, 50)
    assert windows.numbers[: len(starts)] == pytest.approx([flow[at : at + 100].mean() for at in starts], rel=1e-5)
    assert windows.windows.shape[2] == 2, "the number itself is no input"
    assert len(windows.classes) == 4
    assert np.bincount(windows.labels).min() >= len(windows) // 4 - 1


def test_numbers_survive_the_run_folder(make: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    target = target_of("flow [l/min]", "channel")
    windows = cut_windows(with_number(pumps(make), target), spec_of(target, ("vibration",)))
    folder = tmp_path_factory.mktemp("stored")
    windows.save(folder)
    assert windows.numbers is not None
    assert np.array_equal(type(windows).load(folder).numbers, windows.numbers)


def test_an_index_gives_each_recording_its_number(make: Any) -> None:
    data = weighed(make, ["60", "62.5", "", "70", "80", "90", "95", "99"])
    assert data.listed == ("weight_kg",)
    found = surveyed(data)
    weight = found.profile.number("weight_kg")
    assert weight is not None
    assert (weight.source, weight.unit) == ("index", "kg")
    target = target_of("weight_kg", "index")
    told = with_number(data, target)
    assert len(told.recordings) == 7, "the one without a weight is left out"
    windows = cut_windows(told, spec_of(target, ("ax", "ay", "az")))
    assert windows.numbers is not None
    assert sorted(set(windows.numbers.tolist())) == [60, 62.5, 70, 80, 90, 95, 99]


def test_text_in_a_number_is_missing_and_said(make: Any) -> None:
    data = weighed(make, ["60", "61", "about 70", "70", "80", "90", "95", "99"])
    assert any("'about 70'" in note.message and "missing" in note.message for note in data.notes)
    assert len(with_number(data, target_of("weight_kg", "index")).recordings) == 7


def test_a_decimal_comma_is_read(make: Any) -> None:
    rows = ["file;person;weight_kg"]
    for number in range(4):
        make.recording(f"r{number}.csv", seed=number, labels=False)
        rows.append(f"r{number}.csv;p{number};{60 + number},5")
    make.table("index.csv", rows)
    data = read_folder(make.root, number_wanted=True)
    assert [recording.listed for recording in data.recordings] == [(60.5,), (61.5,), (62.5,), (63.5,)]


def test_a_number_that_is_the_same_everywhere_is_none(make: Any) -> None:
    found = surveyed(weighed(make, ["70"] * 8))
    assert found.profile.number("weight_kg") is None
    assert "the same everywhere" in messages(found)


def test_a_mark_of_a_failed_sensor_is_pointed_out(make: Any) -> None:
    weights = [str(60 + number) for number in range(39)]
    found = surveyed(weighed(make, [*weights[:10], "-999", *weights[10:25], "-999", *weights[25:]]))
    assert "far from all others, such as -999" in messages(found)


def test_a_number_that_follows_from_the_files_length_is_a_leak(make: Any) -> None:
    rows = ["file,person,weight_kg"]
    for number in range(12):
        make.recording(f"r{number}.csv", seed=number, seconds=4 + number, labels=False)
        rows.append(f"r{number}.csv,p{number},{60 + 2 * number}")
    make.table("index.csv", rows)
    found = surveyed(read_folder(make.root, number_wanted=True))
    assert "leak: 'weight_kg' follows from the length of the file" in messages(found)


def test_the_same_measurement_twice_is_a_twin(make: Any) -> None:
    for number in range(4):
        flow = 4 + 2 * np.sin(np.arange(400) / 60 + number)
        rows = [f"{row / 50:.2f},{np.sin(row):.3f},{value:.4f},{value / 60:.6f}" for row, value in enumerate(flow)]
        make.table(f"run{number}.csv", ["time_s,vibration,flow_l_min,flow_l_s", *rows])
    flow = surveyed(read_folder(make.root, number_wanted=True)).profile.number("flow_l_min")
    assert flow is not None
    assert flow.twins == ("flow_l_s",)


def test_folders_may_be_numbers(make: Any) -> None:
    for speed in (900, 1200, 1500):
        for number in range(3):
            make.recording(f"{speed}rpm/r{number}.csv", seed=speed + number, labels=False)
    data = read_folder(make.root, number_wanted=True)
    told = with_number(data, target_of("number", "class"))
    assert {float(r.number[0]) for r in told.recordings if r.number is not None} == {900, 1200, 1500}
    number = surveyed(data).profile.numbers[0]
    assert (number.source, number.unit) == ("class", "rpm")


def test_folders_of_subjects_are_groups(make: Any) -> None:
    for person in range(3):
        for number in range(2):
            pump(make, f"anna{'b' * person}/rec{number}.csv", 2 * person + number)
    data = read_folder(make.root, number_wanted=True)
    assert len({recording.group for recording in data.recordings}) == 3


def test_a_measured_column_named_like_a_label_is_a_channel(make: Any) -> None:
    for number in range(4):
        pump(make, f"run{number}.csv", number, flow_name="target")
    data = read_folder(make.root, number_wanted=True)
    assert "target" in data.channels
    assert data.classes == (NO_CLASS,)


def test_an_unknown_number_is_an_error(make: Any) -> None:
    with pytest.raises(DataError, match="'speed' is not in the data"):
        with_number(pumps(make, 2), target_of("speed", "channel"))


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (("5kg", "10kg"), ("", (5.0, 10.0), "kg")),
        (("speed_1,5", "speed_2"), ("speed", (1.5, 2.0), "")),
        (("walk", "run"), None),
        (("5kg", "10g"), None),
        (("5kg",), None),
    ],
)
def test_names_that_are_numbers(names: tuple[str, ...], found: object) -> None:
    assert numeric_names(names) == found


def test_equal_numbers_make_fewer_ranges() -> None:
    labels, names = in_ranges(np.array([1, 1, 1, 1, 1, 1, 1, 2], dtype=np.float32))
    assert len(names) == labels.max() + 1 <= 2


def test_the_sealed_part_has_small_and_large_numbers(make: Any) -> None:
    data = weighed(make, [str(50 + 5 * number) for number in range(16)])
    opened, sealed, source = split_off_test(data, seed=1, by_class=False)
    assert source == "by group"
    middle = 50 + 5 * 7.5
    for part in (opened, sealed):
        weights = [recording.listed[0] for recording in part.recordings]
        assert min(weights) < middle < max(weights)
    assert not {recording.group for recording in opened.recordings} & {r.group for r in sealed.recordings}


def test_classes_don_t_cut_recordings_into_blocks(make: Any) -> None:
    """A class with one recording is no reason where a number is asked for."""
    for number in range(4):
        pump(make, f"run{number}.csv", number)
    rows = ["file,label", "run0.csv,rare", *(f"run{number}.csv,usual" for number in (1, 2, 3))]
    make.table("index.csv", rows)
    data = read_folder(make.root, number_wanted=True)
    opened, sealed, _ = split_off_test(data, seed=1, by_class=False)
    assert sorted(len(r.samples) for part in (opened, sealed) for r in part.recordings) == [400] * 4


def scale_archive(path: Path, *, y: object = None, **more: object) -> Path:
    """Forty windows of eight people; the heavier, the larger the swing."""
    random = np.random.default_rng(0)
    weights = 50 + 40 * random.random(40)
    swing = np.sin(np.arange(64) / 3)[None, :, None] * weights[:, None, None] / 50
    windows = swing + 0.1 * random.standard_normal((40, 64, 2))
    np.savez(path, X=windows.astype("f4"), y=weights if y is None else y, groups=np.arange(40) // 5, **more)  # type: ignore[arg-type]
    return path


@pytest.mark.parametrize("number_wanted", [False, True])
def test_an_archive_of_fractions_is_a_number_to_estimate(tmp_path: Path, number_wanted: bool) -> None:
    names = {"target_names": np.array(["weight"]), "units": np.array("kg")}
    data = read_folder(scale_archive(tmp_path / "a.npz", **names), number_wanted=number_wanted)
    assert (data.classes, data.listed, data.group_kind) == ((NO_CLASS,), ("weight [kg]",), "group")
    found = survey(*split_off_test(data, seed=1, by_class=False), seed=1, number_wanted=number_wanted)
    (number,) = [n for n in found.profile.numbers if n.source == "index"]
    assert (number.name, number.unit) == ("weight [kg]", "kg")
    assert number.linear[0].value < 0.5 * number.plain[0].value
    numbered = with_number(data, target_of("weight [kg]", "index"))
    assert [float(r.number[0]) for r in numbered.recordings] == pytest.approx([r.listed[0] for r in data.recordings])
    open_part, sealed_part, _ = split_off_test(data, seed=1, by_class=False)
    sealed = {r.group for r in sealed_part.recordings}
    assert sealed
    assert sealed.isdisjoint(r.group for r in open_part.recordings)


def test_gaps_among_an_archives_numbers_are_unknown(tmp_path: Path) -> None:
    y = np.linspace(0.1, 3.9, 40)
    y[[3, 7]] = np.nan, np.inf
    data = read_folder(scale_archive(tmp_path / "a.npz", y=y))
    assert np.isnan([data.recordings[3].listed[0], data.recordings[7].listed[0]]).all()
    assert len(with_number(data, target_of("y", "index")).recordings) == 38


def test_several_numbers_of_a_window(tmp_path: Path) -> None:
    y = np.random.default_rng(1).standard_normal((40, 2))
    assert read_folder(scale_archive(tmp_path / "a.npz", y=y)).listed == ("y 1", "y 2")
    names = np.array(["systolic", "diastolic"])
    path = scale_archive(tmp_path / "b.npz", y=y, target_names=names, units=np.array(["mmHg", "mmHg"]))
    assert read_folder(path).listed == ("systolic [mmHg]", "diastolic [mmHg]")


@pytest.mark.parametrize(
    ("y", "wanted", "without"),
    [
        (np.arange(40), ("y",), 40),  # many whole numbers: classes unless a number is asked for
        (np.arange(40) % 4, (), 4),
        (np.arange(40).astype(float) % 4, (), 4),
        (np.eye(4)[np.arange(40) % 4], (), 4),
        (np.full((40, 2), 0.3) + 0.4 * np.eye(2)[np.arange(40) % 2], (), 2),
        (np.array(["a", "b"] * 20), (), 2),
    ],
)
def test_classes_of_an_archive_stay_classes(tmp_path: Path, y: Any, wanted: tuple[str, ...], without: int) -> None:
    path = scale_archive(tmp_path / "a.npz", y=y)
    assert read_folder(path, number_wanted=True).listed == wanted
    plain = read_folder(path)
    assert (plain.listed, len(plain.classes)) == ((), without)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (np.full(40, np.nan), "no whole class indices"),
        (np.full((40, 2), np.nan), "y holds no finite number"),
        (np.random.default_rng(0).random((40, 30)), "24 at most"),
        (np.random.default_rng(0).random(39), "40 windows in 'X' and 39 entries in 'y'"),
    ],
)
def test_numbers_of_an_archive_that_cannot_be_used_are_refused(tmp_path: Path, y: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_folder(scale_archive(tmp_path / "a.npz", y=y))
