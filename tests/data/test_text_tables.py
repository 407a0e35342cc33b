"""Tables in `.txt` and `.dat`: numbers in columns are read, whatever parts them; other texts stay unread."""

from typing import Any

import numpy as np
import pytest

from nanosmith.tools.data.read import read_folder
from nanosmith.tools.errors import DataError


def rows_of(make: Any, seed: int, *, separator: str, header: bool, decimal: str = ".") -> list[str]:
    """Time in seconds and three axes."""
    values, _ = make.motion(2.0, seed=seed)
    names = [separator.join(("time", "ax", "ay", "az"))] if header else []
    cells = [[f"{i * 0.02:.2f}", *(f"{v:9.4f}".strip() for v in row)] for i, row in enumerate(values)]
    return [*names, *(separator.join(row).replace(".", decimal) for row in cells)]


@pytest.mark.parametrize(
    ("ending", "separator", "decimal"),
    [
        (".txt", "\t", "."), (".txt", " ", "."), (".dat", "   ", "."), (".dat", " \t ", "."), (".TXT", ";", ","),
        (".txt", ",", "."), (".txt", " ", ","), (".dat", "\t", ","), (".csv", "  ", "."),
    ],
)  # fmt: skip
def test_columns_of_numbers_are_read_whatever_parts_them(make: Any, ending: str, separator: str, decimal: str) -> None:
    for number, name in enumerate(("calm/1", "calm/2", "wild/1", "wild/2")):
        make.table(name + ending, rows_of(make, number, separator=separator, header=True, decimal=decimal))
    data = read_folder(make.root)
    assert (data.classes, data.channels, data.rate_hz) == (("calm", "wild"), ("ax", "ay", "az"), 50.0)
    np.testing.assert_allclose(data.recordings[2].samples, make.motion(2.0, seed=2)[0], atol=6e-5)


@pytest.mark.parametrize("lead", ["", "  "])
def test_without_a_header_channels_are_numbered(make: Any, lead: str) -> None:
    for number, name in enumerate(("calm/1.txt", "calm/2.txt", "wild/1.txt", "wild/2.txt")):
        make.table(name, [lead + row for row in rows_of(make, number, separator="   ", header=False)])
    data = read_folder(make.root)
    assert data.channels == ("channel 1", "channel 2", "channel 3", "channel 4")
    assert len(data.recordings[0].samples) == 100


def test_runs_of_tabs_are_one_separator_and_single_ones_may_hold_nothing(make: Any) -> None:
    for number, name in enumerate(("calm/1.txt", "calm/2.txt")):
        make.table(name, rows_of(make, number, separator="\t", header=True))
    aligned = [
        row.replace("\t", "\t\t", 1 + i % 2) for i, row in enumerate(rows_of(make, 3, separator="\t", header=True))
    ]
    make.table("wild/1.txt", aligned)
    make.table("wild/2.txt", [*rows_of(make, 4, separator="\t", header=True)[:-1], "1.98\t\t0.1\t9.8"])
    data = read_folder(make.root)
    assert data.channels == ("ax", "ay", "az")
    assert [r.missing for r in data.recordings if r.name == "wild/2.txt"] == [(1, 0, 0)]


def test_a_date_and_the_time_behind_it_are_one_cell(make: Any) -> None:
    for name in ("calm/1.dat", "calm/2.dat", "wild/1.dat", "wild/2.dat"):
        stamps = [f"2024-05-01 12:00:{i // 10:02}.{i % 10}00 {i % 7}.5 {i % 3}.25" for i in range(100)]
        make.table(name, ["date time flow load", *stamps])
    data = read_folder(make.root)
    assert (data.channels, data.rate_hz) == (("flow", "load"), 10.0)


def test_an_index_may_list_texts(make: Any) -> None:
    for number in range(4):
        make.table(f"{number}.dat", rows_of(make, number, separator=" ", header=True))
    make.table("index.csv", ["file,label,subject", "0.dat,a,p", "1.dat,b,p", "2.dat,a,q", "3.dat,b,q"])
    data = read_folder(make.root)
    assert (data.classes, data.group_kind, len(data.recordings)) == (("a", "b"), "subject", 4)


def test_an_index_may_be_a_text(make: Any) -> None:
    for number in range(4):
        make.table(f"{number}.txt", rows_of(make, number, separator=" ", header=True))
    make.table("labels.txt", ["file\tlabel", "0.txt\ta", "1.txt\tb", "2.txt\ta", "3.txt\tb"])
    assert read_folder(make.root).classes == ("a", "b")


def test_notes_beside_texts_are_left_out_and_named(make: Any) -> None:
    for number, name in enumerate(("calm/1.txt", "calm/2.txt", "wild/1.txt", "wild/2.txt")):
        make.table(name, rows_of(make, number, separator=" ", header=True))
    make.table("README.txt", ["Recorded in May with two sensors.", "1 2 3", "", "Thanks."])
    make.table("names.txt", ["1 CALM", "2 WILD", "3 OTHER", "4 NONE", "5 ODD"])
    data = read_folder(make.root)
    assert len(data.recordings) == 4
    assert any("texts that do not hold numbers in columns" in note.message for note in data.notes)


def test_texts_beside_other_recordings_stay_unread(make: Any) -> None:
    make.recording("a.csv")
    make.recording("b.csv", seed=1)
    make.table("calibration.txt", ["1 2 3", "4 5 6", "7 8 9", "1 2 3", "4 5 6"])
    assert [r.name for r in read_folder(make.root).recordings] == ["a.csv", "b.csv"]


def test_events_beside_texts(make: Any) -> None:
    for name in ("100", "101"):
        make.table(f"{name}_ecg.txt", ["mV", *(f"{i % 13 / 7:.3f}" for i in range(400))])
        make.table(f"{name}_beats.csv", ["sample,label", "50,N", "150,V", "250,N", "350,V"])
    data = read_folder(make.root)
    assert data.classes == ("N", "V")
    assert [None if r.events is None else len(r.events.at) for r in data.recordings] == [4, 4]


@pytest.mark.parametrize(
    "rows",
    [
        ["Recorded in May.", "1 2 3"],
        ["a b", "c d", "e f", "g h", "i j"],
        ["1 2", "3 4"],
        ["1 STANDING", "2 WALKING", "3 LYING", "4 SITTING", "5 RUNNING"],
        ["one 1 two 2 2 2 2", "1 2 3", "4", "5 6", "7 8 9 10", "3 3 3 3 3 3"],
    ],
)
def test_texts_that_are_no_tables_are_refused_with_what_would_be_one(make: Any, rows: list[str]) -> None:
    make.table("notes.txt", rows)
    for path in (make.root, make.root / "notes.txt"):
        with pytest.raises(DataError, match=r"notes\.txt: .*most lines hold as many numbers.*export CSV"):
            read_folder(path)


def test_binary_dat_is_refused(make: Any) -> None:
    make.path("100.dat").write_bytes(bytes(range(256)) * 20)
    with pytest.raises(DataError, match=r"100\.dat: .*export CSV"):
        read_folder(make.root)


def test_a_fault_in_a_text_is_told_with_its_line(make: Any) -> None:
    rows = rows_of(make, 0, separator="  ", header=True)
    rows[41] += "  7"
    for name in ("calm/1.txt", "calm/2.txt", "wild/1.txt"):
        make.table(name, rows_of(make, 1, separator="  ", header=True))
    make.table("wild/2.txt", rows)
    with pytest.raises(DataError, match=r"wild/2\.txt:42: 5 values where the first line has 4"):
        read_folder(make.root)


def channel_files(make: Any, *, rows: int = 12, labels: int | None = None, words: bool = True) -> None:
    """Two channels, 32 samples a window, a third of the windows for the test."""
    for part, size in (("train", rows), ("test", rows // 2)):
        random = np.random.default_rng(len(part))
        for channel in ("body_acc_x", "body_acc_y"):
            values = random.standard_normal((size, 32))
            make.table(
                f"{part}/Inertial Signals/{channel}_{part}.txt",
                [" " + "  ".join(f"{v: .7e}" for v in row) for row in values],
            )
        make.table(
            f"{part}/X_{part}.txt", [" ".join(f"{v: .3e}" for v in row) for row in random.standard_normal((size, 40))]
        )
        make.table(f"{part}/y_{part}.txt", [str(1 + i % 2) for i in range(labels or size)])
        make.table(f"{part}/subject_{part}.txt", [str(i % 3 + (10 if part == "test" else 1)) for i in range(size)])
    make.table("README.txt", ["Human activity", "6 classes", "and more"])
    make.table("features.txt", [f"{i} tBodyAcc-{i}" for i in range(40)])
    if words:
        make.table("activity_labels.txt", ["1 WALKING", "2 LYING"])


def test_a_file_for_each_channel_of_windows_in_rows(make: Any) -> None:
    channel_files(make)
    data = read_folder(make.root)
    assert (data.kind, data.channels) == ("windows", ("body_acc_x", "body_acc_y"))
    assert (data.classes, data.group_kind) == (("LYING", "WALKING"), "subject")
    assert data.recordings[0].samples.shape == (32, 2)
    assert [sum(r.split == part for r in data.recordings) for part in ("train", "test")] == [12, 6]
    assert {r.group for r in data.recordings if r.split == "test"} == {"10", "11", "12"}
    first = np.random.default_rng(len("train")).standard_normal((12, 32))[0]
    np.testing.assert_allclose(data.recordings[6].samples[:, 0], first, rtol=1e-5)


def test_numbers_stay_names_where_nothing_says_what_they_mean(make: Any) -> None:
    channel_files(make, words=False)
    assert read_folder(make.root).classes == ("1", "2")


def test_labels_of_another_number_than_windows_are_refused(make: Any) -> None:
    channel_files(make, labels=5)
    with pytest.raises(DataError, match=r"y_test\.txt: has 5 rows for 6 windows"):
        read_folder(make.root)
