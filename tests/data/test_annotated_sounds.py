"""Annotations beside WAV files: label tracks, tables of events; and what is told where they are broken."""

from typing import Any

import numpy as np
import pytest

from nanosmith.tools.data.profile import profile
from nanosmith.tools.data.read import read_folder
from nanosmith.tools.data.split import split_off_test
from nanosmith.tools.data.windows import cut, default_window
from nanosmith.tools.errors import DataError

TRACK = ["0.5\t1.5\tcall", "\\\t200\t900", "2.0\t2.5\tcough", "3.0\t4.5\tcall"]


def sounds(make: Any, rows: list[str], *, ending: str = ".txt", names: tuple[str, ...] = ("a", "b", "c")) -> None:
    for number, name in enumerate(names):
        make.tone(f"{name}.wav", hz=300 + 100 * number, seconds=5.0)
        make.table(f"{name}{ending}", rows)


def test_a_label_track_gives_each_sample_its_label(make: Any) -> None:
    sounds(make, TRACK)
    data = read_folder(make.root)
    assert (data.kind, data.classes, data.rate_hz) == ("audio", ("call", "cough"), 8000.0)
    labels = data.recordings[0].labels
    assert labels is not None
    assert [int(labels[round(8000 * at)]) for at in (0.2, 0.6, 1.4, 1.7, 2.2, 2.7, 4.4, 4.9)] == [
        -1, 0, 0, -1, 1, -1, 0, -1,
    ]  # fmt: skip
    opened, sealed, source = split_off_test(data, seed=1)
    found = profile(opened, sealed, source)
    assert found.labels_per_sample
    window = default_window(found)
    assert window.length == 4000, "as long as a cough, which is shorter than a call"
    windows = cut(opened, window, opened.channels, opened.classes)
    assert set(windows.labels.tolist()) == {0, 1}


@pytest.mark.parametrize(
    ("rows", "ending"),
    [
        (["start,end,label", "0.5,1.5,call", "2.0,2.5,cough"], ".csv"),
        (["0.5,1.5,call", "2.0,2.5,cough"], ".csv"),
        (["Selection\tBegin Time (s)\tEnd Time (s)\tLow Freq (Hz)\tSpecies", "1\t0.5\t1.5\t90\tcall",
          "2\t2.0\t2.5\t90\tcough"], ".txt"),
        (["0,5\t1,5\tcall", "2,0\t2,5\tcough"], ".txt"),
        (["start,duration,label", "0.5,1.0,call", "2.0,0.5,cough"], "_labels.csv"),
    ],
    ids=["table", "no header", "selections", "decimal commas", "durations"],
)  # fmt: skip
def test_other_forms_say_the_same(make: Any, rows: list[str], ending: str) -> None:
    sounds(make, rows, ending=ending)
    for recording in read_folder(make.root).recordings:
        assert recording.labels is not None
        edges = np.flatnonzero(np.diff(recording.labels)) + 1
        assert edges.tolist() == [4000, 12000, 16000, 20000]


def test_points_in_time_are_events(make: Any) -> None:
    sounds(make, ["1.0\t1.0\tcough", "2.5\t2.5\tsneeze", "4.0\t4.0\tcough"])
    events = read_folder(make.root).recordings[0].events
    assert events is not None
    assert events.at.tolist() == [8000, 20000, 32000]
    assert events.labels.tolist() == [0, 1, 0]


def test_sample_numbers_count_at_the_files_own_rate(make: Any) -> None:
    rows = ["sample,label", "4000,a", "8000,b", "16000,a"]
    sounds(make, rows, ending="_events.csv", names=("a", "b"))
    make.tone("c.wav", hz=200, seconds=5.0, rate=4000)
    make.table("c_events.csv", rows)
    slow = next(r for r in read_folder(make.root).recordings if r.name == "c.wav")
    assert slow.events is not None
    assert slow.events.at.tolist() == [8000, 16000, 32000]


def test_between_stretches_of_one_class_is_background_and_that_is_said(make: Any) -> None:
    sounds(make, ["0.5\t1.5\tbark", "2.5\t2.6\tbark", "3.0\t4.0\tBark", "4.5\t4.7\t"])
    data = read_folder(make.root)
    assert data.classes == ("background", "bark")
    labels = data.recordings[0].labels
    assert labels is not None
    assert [int(labels[round(8000 * at)]) for at in (0.1, 1.0, 2.0, 3.5, 4.2, 4.6)] == [0, 1, 0, 1, 0, -1]
    assert any("only 'bark' is annotated" in note.message.casefold() for note in data.notes)


def test_a_sound_without_annotations_is_unlabelled_and_said(make: Any) -> None:
    sounds(make, TRACK)
    make.tone("d.wav", hz=200, seconds=5.0)
    data = read_folder(make.root)
    assert data.recordings[3].label == -1
    assert any(note.file == "d.wav" and "counts as unlabelled" in note.message for note in data.notes)


def test_labels_beyond_the_end_are_left_out_and_counted(make: Any) -> None:
    sounds(make, [*TRACK, "7.0\t8.0\tcall", "2.7\t2.7\tcough"])
    notes = [note.message for note in read_folder(make.root).notes]
    assert any("3 events lie outside their recording" in note for note in notes)
    assert any("3 labels without a length" in note for note in notes)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (["0.5\t1.5\tcall", "about two\t2.5\tcall"], r"a\.txt:2: a label is start and end in seconds"),
        (["0.5\t1.5\tcall", "", "2.5"], r"a\.txt:3: a label is start and end in seconds"),
        (["0.5\t1.5\tcall", "3.5\t2.5\tcall"], r"a\.txt:2: an event ends before it starts"),
        (["0.5\t1.5\t", "2.0\t2.5\t"], r"hold no label"),
    ],
)
def test_broken_tracks_are_refused_with_their_line(make: Any, rows: list[str], message: str) -> None:
    sounds(make, rows)
    with pytest.raises(DataError, match=message):
        read_folder(make.root)


def test_stretches_and_points_do_not_mix(make: Any) -> None:
    sounds(make, TRACK, names=("a", "b"))
    sounds(make, ["1.0\t1.0\tcough", "2.0\t2.0\tcall"], names=("c", "d"))
    with pytest.raises(DataError, match=r"a\.txt: has stretches, and c\.txt points in time"):
        read_folder(make.root)


def test_two_tracks_for_one_sound_are_refused(make: Any) -> None:
    sounds(make, TRACK)
    make.table("a_more.txt", TRACK)
    with pytest.raises(DataError, match=r"both name events of a\.wav"):
        read_folder(make.root)


def test_a_text_that_is_no_track_stays_unread(make: Any) -> None:
    for name in ("low/a.wav", "low/b.wav", "high/c.wav", "high/d.wav"):
        make.tone(name, hz=300)
    make.table("README.txt", ["Recorded in May.", "1 2 3"])
    data = read_folder(make.root)
    assert data.classes == ("high", "low")
    assert all(recording.labels is None for recording in data.recordings)
