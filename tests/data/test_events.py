"""Annotations in files beside the signals: found, read, placed, windowed; and what is told where that can't be done."""

from typing import Any

import numpy as np
import pytest

from nanosmith.tools.data.profile import profile
from nanosmith.tools.data.read import read_folder
from nanosmith.tools.data.split import split_off_test
from nanosmith.tools.data.windows import cut, default_window
from nanosmith.tools.errors import DataError

RATE = 100
BEATS = tuple(range(50, 1950, 80))


def beat(make: Any, record: str, *, seed: int = 0, times: bool = False, rows: list[str] | None = None) -> None:
    """A signal with a spike at each beat, every fourth one upside down, and its list of beats."""
    signal = 0.01 * np.random.default_rng(seed).standard_normal(2_000)
    words = ["odd" if number % 4 == 3 else "usual" for number in range(len(BEATS))]
    for at, word in zip(BEATS, words, strict=True):
        signal[at - 2 : at + 3] += np.array([0.2, 0.6, 1.0, 0.6, 0.2]) * (-1 if word == "odd" else 1)
    head = ["time_s,mv"] if times else ["mv"]
    make.table(
        f"{record}_ecg.csv", head + [f"{n / RATE:.3f},{v:.4f}" if times else f"{v:.4f}" for n, v in enumerate(signal)]
    )
    default = ["sample,t_s,beat", *(f"{at},{at / RATE:.3f},{word}" for at, word in zip(BEATS, words, strict=True))]
    make.table(f"{record}_beats.csv", default if rows is None else rows)


def beats(make: Any, **options: Any) -> None:
    for number in range(4):
        beat(make, f"r{number}", seed=number, **options)


def test_events_beside_signals_are_paired_and_give_the_rate(make: Any) -> None:
    beats(make)
    data = read_folder(make.root)
    assert (data.kind, data.classes, data.rate_hz) == ("series", ("odd", "usual"), RATE)
    assert [r.name for r in data.recordings] == [f"r{n}_ecg.csv" for n in range(4)]
    events = data.recordings[0].events
    assert events is not None
    assert events.at.tolist() == list(BEATS)
    assert [data.classes[label] for label in events.labels[:4]] == ["usual"] * 3 + ["odd"]


def test_a_list_of_records_names_them_by_their_first_word(make: Any) -> None:
    beats(make)
    make.table("records.csv", ["record,split", "r0,train", "r1,train", "r2,test", "r3,test"])
    data = read_folder(make.root)
    assert [r.split for r in data.recordings] == ["train", "train", "test", "test"]
    assert data.group_kind == "record"


def test_a_window_stands_around_each_event(make: Any) -> None:
    beats(make)
    opened, sealed, source = split_off_test(read_folder(make.root), seed=1)
    found = profile(opened, sealed, source)
    assert found.event_gap_s == pytest.approx(0.8)
    assert {c.name: c.samples for c in found.classes} == {"odd": 18, "usual": 54}
    window = default_window(found)
    assert window.around_events
    assert window.length == 240
    windows = cut(opened, window, opened.channels, opened.classes)
    assert windows.windows.shape == (72, 240, 1)
    peaks = np.abs(windows.windows[:, :, 0] - np.median(windows.windows, axis=(1, 2))[:, None])[:, 110:130].argmax(
        axis=1
    )
    assert (peaks == 10).all()
    signs = np.sign(windows.windows[:, 120, 0])
    assert (signs == np.where(windows.labels == 0, -1, 1)).all()
    assert windows.hours == pytest.approx(3 * 20 / 3600)


def test_events_in_seconds_follow_the_time_column(make: Any) -> None:
    rows = ["onset,label", *(f"{at / RATE:.3f},{'odd' if n % 2 else 'usual'}" for n, at in enumerate(BEATS))]
    beats(make, times=True, rows=rows)
    events = read_folder(make.root).recordings[0].events
    assert events is not None
    assert events.at.tolist() == list(BEATS)


def test_events_in_seconds_without_a_clock_are_refused(make: Any) -> None:
    rows = ["onset,label", *(f"{at / RATE:.3f},{'odd' if n % 2 else 'usual'}" for n, at in enumerate(BEATS))]
    beats(make, rows=rows)
    with pytest.raises(DataError, match=r"r0_beats\.csv: gives its events in seconds, and .* no known rate"):
        read_folder(make.root)
    make.table("index.csv", ["file,rate_hz", *(f"r{n}_ecg.csv,{RATE}" for n in range(4))])
    events = read_folder(make.root).recordings[0].events
    assert events is not None
    assert events.at.tolist() == list(BEATS)


def test_stretches_with_an_end_become_labels_of_samples(make: Any) -> None:
    rows = ["start,end,label", "1.0,3.0,on", "3.5,5.0,off", "6.0,9.0,on"]
    beats(make, times=True, rows=rows)
    data = read_folder(make.root)
    labels = data.recordings[0].labels
    assert labels is not None
    assert data.recordings[0].events is None
    assert [int(labels[at]) for at in (50, 150, 320, 400, 700, 1500)] == [-1, 1, -1, 0, 1, -1]


def test_events_that_lie_outside_are_left_out_and_counted(make: Any) -> None:
    rows = ["sample,beat", "100,a", "300,b", "500,a", "99999,b", "-5,b"]
    beats(make, rows=rows)
    data = read_folder(make.root)
    assert any("8 events lie outside their recording" in note.message for note in data.notes)
    assert data.recordings[0].class_counts(2).tolist() == [2, 1]


def test_an_event_without_a_place_is_left_out_and_counted(make: Any) -> None:
    beats(make, rows=["sample,beat", "100,a", ",b", "300,b", "500,a"])
    data = read_folder(make.root)
    assert any("4 events without a place were left out" in note.message for note in data.notes)


def test_an_event_that_ends_before_it_starts_is_refused_with_its_line(make: Any) -> None:
    beats(make, times=True, rows=["start,end,label", "1.0,2.0,on", "5.0,4.0,off"])
    with pytest.raises(DataError, match=r"r0_beats\.csv:3: an event ends before it starts"):
        read_folder(make.root)


def test_two_lists_for_one_recording_are_refused(make: Any) -> None:
    beats(make)
    make.table("r0_marks.csv", ["sample,beat", "100,a", "300,b"])
    with pytest.raises(DataError, match=r"both name events of r0_ecg\.csv"):
        read_folder(make.root)


def test_events_survive_gaps_and_resampling(make: Any) -> None:
    """An irregular clock with a hole: each event stays with its spike."""
    random = np.random.default_rng(3)
    for record in range(3):
        seconds = np.cumsum(random.choice([0.008, 0.01, 0.012], 3_000, p=[0.2, 0.6, 0.2]))
        seconds[1_500:] += 5.0
        at = np.arange(100, 2_950, 150)
        signal = np.zeros(3_000)
        for place in at:
            signal[place - 3 : place + 4] = 1.0
        make.table(f"p{record}.csv", ["time_s,v", *(f"{t:.4f},{v}" for t, v in zip(seconds, signal, strict=True))])
        make.table(
            f"p{record}_events.csv", ["time_s,label", *(f"{seconds[p]:.4f},{'ab'[n % 2]}" for n, p in enumerate(at))]
        )
    data = read_folder(make.root)
    assert len(data.recordings) == 6
    for recording in data.recordings:
        assert recording.events is not None
        assert all(recording.samples[at, 0] > 0.9 for at in recording.events.at)
    assert sum(len(r.events.at) for r in data.recordings if r.events is not None) == 3 * 19


def test_blocks_in_time_keep_their_events(make: Any) -> None:
    beat(make, "r0")
    beat(make, "r1", rows=["sample,beat", "100,usual", "300,usual"])
    opened, sealed, source = split_off_test(read_folder(make.root), seed=1)
    assert source == "by recording"
    counts = [sum(r.class_counts(2) for r in part.recordings).tolist() for part in (opened, sealed)]
    assert np.sum(counts, axis=0).tolist() == [6, 20]
    assert min(counts[1]) > 0
