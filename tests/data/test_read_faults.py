"""Broken and odd input: what the user is told. Each case is a real file; none may end in a traceback or in silence."""

import gzip
import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from nanosmith.tools.data import limits
from nanosmith.tools.data.read import read_folder
from nanosmith.tools.errors import DataError


def refused(path: Path) -> str:
    """The message of the DataError that reading ends in."""
    with pytest.raises(DataError) as caught:
        read_folder(path)
    assert str(path.parent) not in str(caught.value), "no absolute path belongs in a message"
    return str(caught.value)


def repaired(path: Path) -> str:
    """All notes of a folder that can be read."""
    return "\n".join(f"{n.severity}: {n.file or ''} {n.message}" for n in read_folder(path).notes)


def lines_of(path: Path) -> list[str]:
    return path.read_text().splitlines()


def test_no_such_folder(tmp_path: Path) -> None:
    assert refused(tmp_path / "nothing") == "nothing: no such folder"


def test_an_empty_folder(make: Any) -> None:
    assert "the folder holds no files" in refused(make.root)


def test_a_folder_of_other_things(make: Any) -> None:
    make.table("song.mp3", ["x"])
    assert refused(make.root) == "song.mp3: 1 such files and nothing that can be read: convert them to WAV"


def test_pickles_are_never_loaded(make: Any) -> None:
    make.table("data.pkl", ["x"])
    assert "pickles can run code and are never loaded" in refused(make.root)


def test_an_empty_file(make: Any) -> None:
    make.recording("a.csv")
    make.path("b.csv").write_bytes(b"")
    assert refused(make.root) == "b.csv: is empty"


def test_a_header_without_rows(make: Any) -> None:
    make.recording("a.csv")
    make.table("b.csv", ["timestamp,ax,ay,az,label"])
    assert refused(make.root) == "b.csv: has a header and no rows"


def test_only_one_class(make: Any) -> None:
    make.table("a.csv", ["ax,label", *(f"{i},still" for i in range(30))])
    notes = read_folder(make.root).notes
    assert any("there is only one class, 'still' (column 'label')" in note.message for note in notes)


def test_only_one_class_folder_of_sounds(make: Any) -> None:
    make.tone("a/1.wav", hz=300)
    make.tone("a/2.wav", hz=300)
    assert "no labels were found" in refused(make.root)


def test_a_lone_folder_that_is_called_normal_is_a_class(make: Any) -> None:
    make.tone("Anomaly-free/1.wav", hz=300)
    make.tone("Anomaly-free/2.wav", hz=300)
    assert read_folder(make.root).classes == ("Anomaly-free",)


def test_no_labels_at_all(make: Any) -> None:
    make.recording("1.csv", labels=False)
    make.recording("2.csv", labels=False)
    assert "no labels were found" in refused(make.root)


def test_ragged_rows_name_file_and_line(make: Any) -> None:
    path = make.recording("a.csv")
    rows = lines_of(path)
    rows[41] += ",7"
    make.table("a.csv", rows)
    assert refused(make.root) == "a.csv:42: 6 values where the first line has 5"


def test_a_row_that_is_too_short(make: Any) -> None:
    rows = lines_of(make.recording("a.csv"))
    rows[10] = "1700000000180,0.1"
    make.table("a.csv", rows)
    assert refused(make.root) == "a.csv:11: 2 values where the first line has 5"


def test_a_last_line_that_was_cut_off_is_left_out(make: Any) -> None:
    path = make.recording("a.csv")
    make.recording("b.csv")
    path.write_text(path.read_text() + "1700000009999,0.12")
    data = read_folder(make.root)
    assert len(data.recordings[0].samples) == 200
    assert "the last line is cut off" in repaired(make.root)


def test_text_among_numbers_names_the_line(make: Any) -> None:
    rows = lines_of(make.recording("a.csv"))
    rows[20] = rows[20].replace(rows[20].split(",")[2], "ERR", 1)
    make.table("a.csv", rows)
    assert refused(make.root) == "a.csv:21: column 'ay': 'ERR' is not a number"


def test_lines_are_counted_past_comments_and_blank_lines(make: Any) -> None:
    rows = lines_of(make.recording("a.csv"))
    make.table("a.csv", ["# logger 1.2", "", *rows[:5], "", rows[5], "1,2", *rows[6:]])
    assert refused(make.root).startswith("a.csv:10: 2 values")


def test_a_time_that_is_none(make: Any) -> None:
    rows = ["time,ax,label", *(f"2024-01-01 00:00:{i:02},{i},{'ab'[i // 20]}" for i in range(40))]
    rows[9] = "yesterday,3,a"
    make.table("a.csv", rows)
    assert refused(make.root) == "a.csv:10: column 'time': 'yesterday' is not a time like the others"


def test_binary_data_called_csv(make: Any) -> None:
    make.path("a.csv").write_bytes(bytes(range(256)) * 20)
    assert "is not text: a CSV was expected, and it holds binary data" in refused(make.root)


def test_a_damaged_gzip(make: Any) -> None:
    make.path("a.csv.gz").write_bytes(b"this is no gzip stream at all")
    assert "a.csv.gz: is damaged" in refused(make.root)


def test_a_gzip_that_ends_early(make: Any) -> None:
    rows = lines_of(make.recording("a.csv"))
    make.path("a.csv").unlink()
    make.path("a.csv.gz").write_bytes(gzip.compress("\n".join(rows).encode())[:-40])
    assert "is cut short" in refused(make.root)


def test_a_gzip_bomb_is_stopped_at_the_bound(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "TABLE_BYTES", 1 << 20)
    make.path("a.csv.gz").write_bytes(gzip.compress(b"ax,label\n" + b"1,a\n" * 1_000_000))
    assert "a.csv.gz: unpacks to more than 1 MB, which is the limit for one file" in refused(make.root)


def test_a_huge_file_is_refused_before_it_is_read(make: Any) -> None:
    make.recording("a.csv")
    with make.path("b.csv").open("wb") as stream:
        stream.truncate(3 * 2**30)
    assert refused(make.root) == "b.csv: is 3.0 GB; a single file may have 0.5 GB: split it into recordings"


def test_recordings_that_pass_memory_together(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    make.recording("a.csv")
    make.recording("b.csv")
    monkeypatch.setattr(limits, "TOTAL_BYTES", 3_000)
    assert "b.csv: with this file the recordings need more than" in refused(make.root)


def test_a_file_without_a_single_value(make: Any) -> None:
    make.recording("a.csv")
    make.table("b.csv", ["timestamp,ax,ay,az,label", *(f"{i},,nan,NA,rest" for i in range(30))])
    assert refused(make.root) == "b.csv: no channel has a single value"


def test_a_channel_that_is_empty_everywhere_is_left_out(make: Any) -> None:
    for name in ("a.csv", "b.csv"):
        make.table(name, ["ax,ay,label", *(f"{i},,{'ab'[i // 20]}" for i in range(40))])
    assert read_folder(make.root).channels == ("ax",)
    assert "warning:  channel 'ay' is empty in every recording" in repaired(make.root)


def test_different_channels(make: Any) -> None:
    make.recording("a.csv")
    make.table("b.csv", ["timestamp,ax,ay,gx,label", *(f"{i},1,2,3,rest" for i in range(30))])
    message = refused(make.root)
    assert message.startswith("b.csv:1: its channels differ from those of a.csv: it lacks 'az' and has 'gx' besides")


def test_channels_in_another_order_are_no_fault(make: Any) -> None:
    make.table("a.csv", ["ax,ay,label", *(f"{i},5,{'ab'[i // 20]}" for i in range(40))])
    make.table("b.csv", ["label,ay,ax", *(f"{'ab'[i // 20]},5,{i}" for i in range(40))])
    first, second = read_folder(make.root).recordings
    np.testing.assert_array_equal(first.samples, second.samples)


def test_two_columns_of_one_name(make: Any) -> None:
    make.table("a.csv", ["ax,ax,label", *("1,2,a" for _ in range(30))])
    assert refused(make.root) == "a.csv:1: two columns are called 'ax'"


def test_side_files_are_named_and_left_out(make: Any) -> None:
    for number in range(12):
        make.recording(f"r{number}.csv", seed=number)
    make.table("people.csv", ["name,age,height", "ann,30,170", "bob,40,180"])
    assert "info: people.csv tables that fit no recording were left out" in repaired(make.root)


def test_events_that_belong_to_no_signal_are_refused_clearly(make: Any) -> None:
    for number in range(3):
        make.table(f"{number}_ecg.csv", ["mv", *(str(i % 9) for i in range(50))])
        make.table(f"beats_{number}.csv", ["sample,t_s,beat", "5,0.1,N", "20,0.4,V"])
    assert "looks like a list of events (times and labels, no signal)" in refused(make.root)


def test_an_index_that_names_a_missing_file(make: Any) -> None:
    make.recording("a.csv")
    make.table("index.csv", ["file,subject", "a.csv,p1", "gone.csv,p2"])
    assert refused(make.root) == "index.csv:3: names 'gone.csv', which does not exist"


def test_an_index_that_names_a_file_outside(make: Any) -> None:
    make.recording("a.csv")
    (make.root.parent / "secret.csv").write_text("x\n1\n")
    make.table("index.csv", ["file,subject", "a.csv,p1", "../secret.csv,p2"])
    assert "names '../secret.csv', which does not exist" in refused(make.root)


def test_an_index_that_lists_a_file_twice(make: Any) -> None:
    make.recording("a.csv")
    make.table("index.csv", ["file,subject", "a.csv,p1", "a.csv,p2"])
    assert refused(make.root) == "index.csv:3: lists 'a.csv' again, first in line 2"


def test_an_index_without_files(make: Any) -> None:
    make.recording("a.csv")
    make.table("index.csv", ["subject,age", "p1,3"])
    assert refused(make.root) == "index.csv: has neither a column 'file' nor a column 'row': which recording is which?"


def test_an_index_of_rows_that_there_are_not(make: Any) -> None:
    make.table("signals.csv", [",".join(["1", "2", "3"])] * 4)
    make.table("index.csv", ["row,label", "0,a", "1,b", "9,a"])
    assert refused(make.root) == "index.csv:4: names row 9, and signals.csv has rows 0 to 3"


def test_missing_values_are_filled_and_counted(make: Any) -> None:
    for name in ("a.csv", "b.csv"):
        rows = lines_of(make.recording(name))
        for line in (30, 31, 60):
            cells = rows[line].split(",")
            rows[line] = ",".join([cells[0], "", *cells[2:]])
        make.table(name, rows)
    data = read_folder(make.root)
    assert all(np.isfinite(r.samples).all() for r in data.recordings)
    assert data.recordings[0].missing == (3, 0, 0)
    assert "repair:  6 missing values were interpolated (2 files, first a.csv)" in repaired(make.root)


def test_infinities_and_sentinels_count_as_missing(make: Any) -> None:
    rows = lines_of(make.recording("a.csv"))
    rows[5] = rows[5].replace(rows[5].split(",")[1], "inf", 1)
    cells = rows[9].split(",")
    rows[9] = ",".join([cells[0], "-9999", *cells[2:]])
    make.table("a.csv", rows)
    make.recording("b.csv")
    data = read_folder(make.root)
    assert float(np.abs(data.recordings[0].samples).max()) < 20
    assert "1 values of -9999, far from all others, were taken for missing" in repaired(make.root)
    assert "2 missing values were interpolated" in repaired(make.root)


def test_a_long_hole_splits_a_recording(make: Any) -> None:
    rows = lines_of(make.recording("a.csv"))
    make.table("a.csv", rows[:81] + rows[141:])
    make.recording("b.csv")
    data = read_folder(make.root)
    assert [r.name for r in data.recordings] == ["a.csv", "a.csv[2]", "b.csv"]
    assert [len(r.samples) for r in data.recordings] == [80, 60, 200]
    assert "1 gaps of more than 25 samples split recordings" in repaired(make.root)


def test_irregular_times_are_resampled_and_said_so(make: Any) -> None:
    rng = np.random.default_rng(0)
    times = np.sort(rng.uniform(0, 8, 400))
    times[0], times[-1] = 0.0, 8.0
    rows = ["time_s,ax,label", *(f"{t:.4f},{3 * t:.4f},{'a' if t < 4 else 'b'}" for t in times)]
    make.table("a.csv", rows)
    make.recording("b.csv").unlink()
    make.table("b.csv", rows)
    data = read_folder(make.root)
    recording = data.recordings[0]
    assert data.rate_hz is not None
    grid = np.arange(len(recording.samples)) / data.rate_hz
    np.testing.assert_allclose(recording.samples[:, 0], 3 * grid, atol=0.05)
    assert recording.labels is not None
    assert np.abs(np.flatnonzero(np.diff(recording.labels))[0] / data.rate_hz - 4) < 0.1
    assert "irregular sampling was resampled to a uniform" in repaired(make.root)


def test_files_of_different_rates_are_brought_to_one(make: Any) -> None:
    make.recording("a.csv", rate=50, seconds=8)
    make.recording("b.csv", rate=25, seconds=4)
    data = read_folder(make.root)
    assert data.rate_hz == 50.0
    assert abs(len(data.recordings[1].samples) - 200) <= 2
    assert "recordings have different rates (25 to 50 Hz)" in repaired(make.root)


def test_rows_out_of_order_are_sorted(make: Any) -> None:
    rows = lines_of(make.recording("a.csv"))
    rows[50], rows[120] = rows[120], rows[50]
    make.table("a.csv", rows)
    make.recording("b.csv")
    first, second = read_folder(make.root).recordings
    np.testing.assert_array_equal(first.samples, second.samples)
    assert "rows out of time order were sorted" in repaired(make.root)


def test_a_clock_in_whole_seconds(make: Any) -> None:
    rows = ["timestamp,ax,label", *(f"{1_700_000_000 + i // 50},{i},{'ab'[i // 50 % 2]}" for i in range(501))]
    make.table("a.csv", rows)
    make.table("b.csv", rows)
    assert read_folder(make.root).rate_hz == pytest.approx(50.0)
    assert "the clock is coarser than the samples" in repaired(make.root)


def test_spellings_of_a_label_are_merged(make: Any) -> None:
    words = ["Walking", "walking ", "WALKING", "Walking", "sit_down", "Sit down"]
    make.table("a.csv", ["ax,label", *(f"{i},{words[i % 6]}" for i in range(60))])
    make.table("b.csv", ["ax,label", *(f"{i},{words[i % 6]}" for i in range(60))])
    assert read_folder(make.root).classes == ("Sit down", "Walking")
    assert "labels written differently were merged into 'Walking': 'WALKING', 'walking'" in repaired(make.root)


def test_a_typing_error_is_pointed_out(make: Any) -> None:
    for name in ("a.csv", "b.csv"):
        words = ["walking"] * 200 + ["sitting"] * 200 + ["walkng"]
        make.table(name, ["ax,label", *(f"{i},{word}" for i, word in enumerate(words))])
    assert "class 'walkng' is rare and spelled almost like 'walking'" in repaired(make.root)


def test_unlabelled_stretches_stay_unlabelled(make: Any) -> None:
    words = ["a"] * 20 + [""] * 10 + ["b"] * 20
    make.table("a.csv", ["ax,label", *(f"{i},{word}" for i, word in enumerate(words))])
    labels = read_folder(make.root).recordings[0].labels
    assert labels is not None
    assert labels.tolist() == [0] * 20 + [-1] * 10 + [1] * 20


def test_labels_that_are_no_classes(make: Any) -> None:
    make.table("a.csv", ["ax,label", *(f"{i},word{i}" for i in range(300))])
    assert "300 different labels (column 'label')" in refused(make.root)


def test_escape_sequences_in_names_and_labels_are_removed(make: Any) -> None:
    evil = "ev\x1b]0;title\x07il"
    make.table("a.csv", ["a\x1b[31mx,label", *(f"{i},{evil if i < 20 else 'good'}" for i in range(40))])
    data = read_folder(make.root)
    assert data.classes == ("evil", "good")
    assert data.channels == ("ax",)


def test_a_second_label_column_never_becomes_a_channel(make: Any) -> None:
    make.table("a.csv", ["ax,label,activity", *(f"{i},{i // 20},{i // 20}" for i in range(40))])
    assert read_folder(make.root).channels == ("ax",)
    assert "it looks like a second label beside 'label', and would give the answer away" in repaired(make.root)


def test_not_a_wav(make: Any, clips: Path) -> None:
    make.path("low/bad.wav").write_bytes(b"RIFFxxxxWAVEgarbage and more garbage")
    assert "low/bad.wav: can't be read as WAV" in refused(clips)


def test_a_wav_without_samples(make: Any, clips: Path) -> None:
    make.tone("low/none.wav", hz=300, seconds=0)
    assert refused(clips).startswith("low/none.wav: ")


def test_a_wav_that_is_shorter_than_it_says(make: Any, clips: Path) -> None:
    path = make.tone("low/short.wav", hz=300)
    path.write_bytes(path.read_bytes()[:4044])
    assert "shorter than its header says" in repaired(clips)


def test_silence_is_pointed_out(make: Any, clips: Path) -> None:
    from scipy.io import wavfile

    wavfile.write(make.path("low/silent.wav"), 8000, np.zeros(4000, dtype=np.int16))
    assert "warning: low/silent.wav nothing but digital silence" in repaired(clips)


def test_not_a_picture(make: Any) -> None:
    make.picture("a/1.png", level=50)
    make.path("b/1.png").parent.mkdir(exist_ok=True)
    make.path("b/1.png").write_bytes(b"GIF89 no picture")
    assert refused(make.root).startswith("b/1.png: ")


def test_a_picture_that_is_cut_off(make: Any) -> None:
    make.picture("a/1.png", level=50)
    path = make.picture("b/1.png", level=90)
    path.write_bytes(path.read_bytes()[:200])
    assert "b/1.png: the picture is damaged" in refused(make.root)


@pytest.mark.parametrize(
    ("side", "told"),
    [(8_000, "claims 8,000 × 8,000 pixels; the limit is"), (20_000, "claims far more pixels than the limit")],
)
def test_a_decompression_bomb(make: Any, side: int, told: str) -> None:
    make.picture("a/1.png", level=50)
    stream = io.BytesIO()
    Image.new("1", (side, side)).save(stream, format="PNG")
    make.path("b/1.png").write_bytes(stream.getvalue())
    assert f"b/1.png: {told}" in refused(make.root)


def test_npz_with_pickled_objects(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", X=np.array([{"a": 1}, None], dtype=object), y=np.arange(2))
    assert "array 'X' holds Python objects; they are never unpickled" in refused(tmp_path / "a.npz")


def test_npz_bomb_by_its_claims(tmp_path: Path) -> None:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f4", "fortran_order": False, "shape": (10**9, 128, 9)})
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as stream:
        stream.writestr("X.npy", header.getvalue())
    assert "its arrays take" in refused(tmp_path / "a.npz")


def test_npz_bomb_by_compression(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "TOTAL_BYTES", 1 << 20)
    np.savez_compressed(tmp_path / "a.npz", X=np.zeros((1000, 1000), dtype=np.float32), y=np.zeros(1000))
    assert "its arrays take" in refused(tmp_path / "a.npz")


def test_npz_with_negative_claims(tmp_path: Path) -> None:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f4", "fortran_order": False, "shape": (-5, 9)})
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as stream:
        stream.writestr("X.npy", header.getvalue() + b"\0" * 64)
    assert refused(tmp_path / "a.npz").startswith("a.npz: ")


def test_npz_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "a.npz").write_bytes(b"not a zip archive")
    assert "is no readable .npz" in refused(tmp_path / "a.npz")


def test_npz_that_is_cut_off(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", X=np.zeros((40, 8, 2)), y=np.arange(40) % 2)
    whole = (tmp_path / "a.npz").read_bytes()
    (tmp_path / "a.npz").write_bytes(whole[: len(whole) // 2])
    assert "is no readable .npz" in refused(tmp_path / "a.npz")


def test_npz_without_labels(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", X=np.zeros((4, 8, 2)))
    assert "array 'X' has no labels beside it (y)" in refused(tmp_path / "a.npz")


def test_npz_of_unequal_lengths(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", X=np.zeros((4, 8, 2)), y=np.zeros(3))
    assert "4 windows in 'X' and 3 entries in 'y'" in refused(tmp_path / "a.npz")


def test_npz_without_windows(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", weights=np.zeros(3))
    assert "no windows: an array X" in refused(tmp_path / "a.npz")


def test_npz_of_one_class(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", X=np.ones((4, 8, 2)), y=np.ones(4, dtype=int), classes=np.array(["a", "b"]))
    assert "there is only one class in y" in refused(tmp_path / "a.npz")


def test_npz_windows_with_missing_values_are_left_out(tmp_path: Path) -> None:
    windows = np.ones((6, 8, 2), dtype=np.float32)
    windows[3, 2, 1] = np.nan
    np.savez(tmp_path / "a.npz", X=windows, y=np.arange(6) % 2)
    assert len(read_folder(tmp_path / "a.npz").recordings) == 5
    assert "1 windows with missing or infinite values were left out" in repaired(tmp_path / "a.npz")


def test_links_that_lead_out_of_the_folder_are_not_followed(make: Any) -> None:
    make.recording("a.csv")
    make.recording("b.csv")
    outside = make.root.parent / "outside.csv"
    outside.write_text("ax,label\n1,a\n")
    (make.root / "link.csv").symlink_to(outside)
    assert [r.name for r in read_folder(make.root).recordings] == ["a.csv", "b.csv"]


def test_a_recording_that_is_far_too_slow_is_refused(make: Any) -> None:
    make.recording("a.csv", rate=50, seconds=8)
    make.recording("b.csv", rate=1, seconds=60)
    assert refused(make.root).startswith("b.csv: its samples are 1 s apart, those of most recordings 0.02 s")


def test_a_quotation_mark_that_is_not_closed(make: Any) -> None:
    make.table("a.csv", ["ax,label", *(f"{i},{'ab'[i % 2]}" for i in range(40)), '7,"a'])
    assert refused(make.root) == "a.csv:42: a quotation mark is not closed"


def test_values_that_no_sensor_gives_count_as_missing(make: Any) -> None:
    make.table("a.csv", ["ax,label", *(f"{'1e300' if i == 9 else i},{'ab'[i // 20]}" for i in range(40))])
    make.table("b.csv", ["ax,label", *(f"{i},{'ab'[i // 20]}" for i in range(40))])
    first, second = read_folder(make.root).recordings
    np.testing.assert_allclose(first.samples, second.samples)
    assert "1 missing values were interpolated" in repaired(make.root)


def test_old_line_ends(make: Any) -> None:
    rows = lines_of(make.recording("a.csv"))
    make.recording("b.csv")
    make.table("a.csv", rows, end="\r")
    first, second = read_folder(make.root).recordings
    np.testing.assert_array_equal(first.samples, second.samples)


def with_cells(path: Path, **cells: str) -> None:
    """Replace cells of a recording: `r3c1="x"` is row 3 (the header is 0), column 1."""
    rows = [line.split(",") for line in lines_of(path)]
    for place, text in cells.items():
        row, column = map(int, place[1:].split("c"))
        rows[row][column] = text
    path.write_text("\n".join(",".join(row) for row in rows) + "\n")


def test_a_row_of_units_under_the_header_names_its_line(make: Any) -> None:
    path = make.recording("a.csv")
    path.write_text("\n".join([lines_of(path)[0], "ms,g,g,g,-", *lines_of(path)[1:]]) + "\n")
    assert "'g' is not a number" in refused(make.root)
    assert "a.csv:2" in refused(make.root)


def test_the_separator_line_of_a_spreadsheet_is_passed_over(make: Any) -> None:
    for number in range(3):
        path = make.recording(f"{number}.csv", seed=number)
        path.write_text("sep=;\n" + path.read_text().replace(",", ";"))
    assert len(read_folder(make.root).recordings) == 3


def test_thousands_separators_are_refused_with_their_line(make: Any) -> None:
    path = make.recording("a.csv")
    path.write_text(path.read_text().replace(",", ";"))
    rows = lines_of(path)
    rows[7] = rows[7].replace(rows[7].split(";")[1], "1.234,56")
    path.write_text("\n".join(rows) + "\n")
    assert "'1.234,56' is not a number" in refused(make.root)
    assert "a.csv:8" in refused(make.root)


def test_a_byte_order_mark_does_not_hide_the_first_column(make: Any) -> None:
    for number in range(2):
        path = make.recording(f"{number}.csv", seed=number)
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    data = read_folder(make.root)
    assert (data.rate_hz, data.channels) == (50.0, ("ax", "ay", "az"))


def test_sixteen_bit_text_is_read(make: Any) -> None:
    path = make.recording("a.csv")
    path.write_text(path.read_text(), encoding="utf-16")
    make.recording("b.csv", seed=1)
    assert read_folder(make.root).rate_hz == 50.0


def test_a_channel_that_is_dead_in_one_recording_is_told(make: Any) -> None:
    for number in range(3):
        path = make.recording(f"{number}.csv", seed=number)
        if number == 1:
            with_cells(path, **{f"r{row}c2": "0" for row in range(1, len(lines_of(path)))})
    assert "warning: 1.csv channel 'ay' never changes in 1 of 3 recordings" in repaired(make.root)


def test_spaces_behind_labels_make_no_second_class(make: Any) -> None:
    path = make.recording("a.csv")
    with_cells(path, r1c4="rest ", r2c4=" rest", r3c4="rest\t")
    make.recording("b.csv", seed=1)
    assert read_folder(make.root).classes == ("rest", "shake")


def test_dates_that_can_be_read_two_ways_are_read_day_first_and_said_so(make: Any) -> None:
    rows = [f"0{1 + n // 60}/02/2024 10:00:{n % 60:02},{n % 7},{'a' if n < 60 else 'b'}" for n in range(120)]
    make.table("a.csv", ["time,v,label", *rows])
    make.table("b.csv", ["time,v,label", *rows])
    assert "repair:  dates that could be read both ways were read day first" in repaired(make.root)


def test_a_date_in_another_form_names_its_line(make: Any) -> None:
    rows = [f"2024-02-01 10:00:{n:02},{n % 7},{'a' if n < 30 else 'b'}" for n in range(60)]
    rows[20] = rows[20].replace("2024-02-01", "01.02.2024")
    make.table("a.csv", ["time,v,label", *rows])
    assert "is not a time like the others" in refused(make.root)
    assert "a.csv:22" in refused(make.root)


def test_rows_without_a_time_are_left_out_and_counted(make: Any) -> None:
    path = make.recording("a.csv")
    with_cells(path, r5c0="", r9c0="")
    make.recording("b.csv", seed=1)
    assert "repair: a.csv 2 rows without a time were left out" in repaired(make.root)


def test_rows_that_repeat_a_time_are_left_out_and_counted(make: Any) -> None:
    path = make.recording("a.csv")
    rows = lines_of(path)
    path.write_text("\n".join([*rows[:10], rows[9], *rows[10:]]) + "\n")
    make.recording("b.csv", seed=1)
    assert "repair: a.csv 1 rows repeat the time of the row before" in repaired(make.root)


def test_a_recording_of_a_few_samples_is_left_out_and_named(make: Any) -> None:
    make.recording("a.csv")
    make.recording("b.csv", seed=1)
    make.recording("short.csv", seconds=0.1)
    assert "warning: short.csv a recording with nothing usable in it was left out" in repaired(make.root)
    assert len(read_folder(make.root).recordings) == 2


def test_upper_case_endings_are_read(make: Any, clips: Path) -> None:
    for path in sorted(clips.rglob("*.wav")):
        path.rename(path.with_suffix(".WAV"))
    assert len(read_folder(make.root).recordings) == 16


def test_what_a_repair_may_do_to_the_result_is_told(make: Any) -> None:
    path = make.recording("a.csv")
    with_cells(path, r5c1="", r20c1="nan")
    make.recording("b.csv", seed=1)
    notes = [note for note in read_folder(make.root).notes if "missing values were interpolated" in note.message]
    assert [note.effect[:30] for note in notes] == ["what happened in a gap is lost"]
