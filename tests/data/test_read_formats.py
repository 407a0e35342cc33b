"""Each layout that a folder may have, read from real small files."""

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nanosmith.tools.data.read import read_folder
from nanosmith.tools.data.recordings import DataSet
from nanosmith.tools.errors import DataError


def notes(data: DataSet) -> str:
    return "\n".join(f"{note.severity}: {note.message}" for note in data.notes)


def test_a_label_for_each_sample_and_an_index_of_subjects(subjects: Path) -> None:
    data = read_folder(subjects)
    assert (data.kind, data.rate_hz, data.group_kind) == ("series", 50.0, "subject")
    assert data.classes == ("rest", "shake")
    assert data.channels == ("ax", "ay", "az")
    assert len(data.recordings) == 16
    first = data.recordings[0]
    assert first.samples.shape == (200, 3)
    assert first.samples.dtype == np.float32
    assert first.labels is not None
    assert first.labels.dtype == np.int32
    assert first.labels[:50].tolist() == [0] * 50
    assert first.labels[50:100].tolist() == [1] * 50
    assert first.group == "p0"


def test_values_come_through_unchanged_where_the_grid_is_uniform(make: Any) -> None:
    make.recording("a.csv", seed=3)
    make.recording("b.csv", seed=4)
    values, _ = make.motion(seed=3)
    data = read_folder(make.root)
    np.testing.assert_allclose(data.recordings[0].samples, values, atol=6e-5)


def test_class_folders_of_tables(make: Any) -> None:
    for number in range(3):
        make.recording(f"calm/{number}.csv", labels=False, seed=number)
        make.recording(f"wild/{number}.csv", labels=False, seed=number + 9)
    data = read_folder(make.root)
    assert data.classes == ("calm", "wild")
    assert {r.label for r in data.recordings} == {0, 1}
    assert all(r.labels is None for r in data.recordings)
    assert data.group_kind is None


def test_folders_are_groups_where_each_sample_has_a_label(make: Any) -> None:
    for person in ("s01", "s02", "s03"):
        for number in range(2):
            make.recording(f"{person}/{number}.csv", seed=number)
    data = read_folder(make.root)
    assert data.group_kind == "subject"
    assert {r.group for r in data.recordings} == {"s01", "s02", "s03"}


@pytest.mark.parametrize("layout", ["{person}/{word}/{number}.csv", "{word}/{person}/{number}.csv"])
def test_subject_and_class_folders_nested_either_way(make: Any, layout: str) -> None:
    for person in ("user1", "user2", "user3"):
        for word in ("walk", "run"):
            for number in range(2):
                make.recording(layout.format(person=person, word=word, number=number), labels=False, seed=number)
    data = read_folder(make.root)
    assert data.classes == ("run", "walk")
    assert {r.group for r in data.recordings} == {"user1", "user2", "user3"}


def test_train_and_test_folders_are_marks(make: Any) -> None:
    for part in ("train", "test"):
        for word in ("walk", "run"):
            make.recording(f"{part}/{word}/a.csv", labels=False)
    data = read_folder(make.root)
    assert data.classes == ("run", "walk")
    assert sorted(str(r.split) for r in data.recordings) == ["test", "test", "train", "train"]


def test_groups_are_read_off_file_names(make: Any) -> None:
    for person in (1, 2, 3):
        for number in range(2):
            make.recording(f"user{person}_take{number}.csv", seed=number)
    data = read_folder(make.root)
    assert data.group_kind == "subject"
    assert {r.group for r in data.recordings} == {"user1", "user2", "user3"}
    assert "read off the file names" in notes(data)


def test_classes_are_guessed_from_file_names_and_said_so(make: Any) -> None:
    for word in ("idle", "wave"):
        for number in range(3):
            make.recording(f"{word}_{number}.csv", labels=False, seed=number)
    data = read_folder(make.root)
    assert data.classes == ("idle", "wave")
    assert "classes were guessed from the first word" in notes(data)


def labelled_rows(rows: int, seed: int, *, header: bool = False) -> list[str]:
    """Rows of forty samples, a slow wave each, with its class in front."""
    random = np.random.default_rng(seed)
    lines = [",".join(["label", *(f"t{n}" for n in range(40))])] if header else []
    for row in range(rows):
        wave = np.sin(np.arange(40) / (6 + 6 * (row % 2)) + random.uniform(0, 6)) + 0.02 * random.standard_normal(40)
        lines.append(",".join([str(1 + row % 2), *(f"{value:.4f}" for value in wave)]))
    return lines


def test_a_row_a_window_with_its_class_in_front_as_the_ucr_archive_has_it(make: Any) -> None:
    make.table("Wave_TRAIN.csv", labelled_rows(12, 1))
    make.table("Wave_TEST.csv", labelled_rows(8, 2))
    data = read_folder(make.root)
    assert (data.kind, data.classes, len(data.recordings)) == ("windows", ("1", "2"), 20)
    assert data.recordings[0].samples.shape == (40, 1)
    assert [r.split for r in data.recordings] == ["test"] * 8 + ["train"] * 12
    assert "each row was taken for a window" in notes(data)


def test_many_channels_over_time_are_no_rows_of_windows(make: Any) -> None:
    columns = np.array([[float(cell) for cell in line.split(",")[1:]] for line in labelled_rows(30, 3)])
    for name in ("a", "b"):
        lines = [",".join([str(n // 20), *(f"{v:.4f}" for v in row)]) for n, row in enumerate(columns.T)]
        make.table(f"{name}.csv", lines)
    data = read_folder(make.root)
    assert (data.kind, len(data.recordings), len(data.channels)) == ("series", 2, 31)


def test_a_hole_in_a_row_of_a_window_names_its_line(make: Any) -> None:
    lines = labelled_rows(12, 1)
    lines[4] = ",".join([*lines[4].split(",")[:-1], ""])
    make.table("waves.csv", lines)
    with pytest.raises(DataError, match=r"waves\.csv:5: holds an empty cell"):
        read_folder(make.root)


def test_one_table_with_all_subjects_is_split_by_its_column(make: Any) -> None:
    rows = ["subject_id,time_s,x,y,z,activity"]
    for person in (1, 2, 3):
        values, words = make.motion(seed=person)
        rows += [f"{person},{i / 50:.2f},{v[0]:.4f},{v[1]:.4f},{v[2]:.4f},{words[i]}" for i, v in enumerate(values)]
    make.table("all.csv", rows)
    data = read_folder(make.root)
    assert data.group_kind == "subject"
    assert [r.group for r in data.recordings] == ["1", "2", "3"]
    assert data.channels == ("x", "y", "z")
    assert data.rate_hz == 50.0


def test_gzip_semicolons_decimal_commas_and_a_byte_order_mark(make: Any) -> None:
    values, words = make.motion(seed=5)
    rows = ["\ufefftime_ms;ax;label"]
    rows += [f"{i * 20};{str(round(v[0], 4)).replace('.', ',')};{words[i]}" for i, v in enumerate(values)]
    text = ("\r\n".join(rows) + "\r\n").encode()
    for name in ("a", "b"):
        make.path(f"{name}.csv.gz").write_bytes(gzip.compress(text, mtime=0))
    data = read_folder(make.root)
    assert data.channels == ("ax",)
    assert data.rate_hz == 50.0
    np.testing.assert_allclose(data.recordings[0].samples[:, 0], values[:, 0], atol=6e-5)


def test_tabs_and_quoted_text(make: Any) -> None:
    values, words = make.motion(seed=5)
    rows = ['"ax"\t"the label"', *(f'{v[0]:.4f}\t"{words[i]}"' for i, v in enumerate(values))]
    make.table("a.tsv", rows)
    make.table("b.tsv", rows)
    data = read_folder(make.root)
    assert data.classes == ("rest", "shake")
    assert data.channels == ("ax",)
    assert data.rate_hz is None
    assert "sampling rate is unknown" in notes(data)


def test_no_header(make: Any) -> None:
    values, words = make.motion(seed=5)
    rows = [f"{v[0]:.4f},{v[1]:.4f},{words[i]}" for i, v in enumerate(values)]
    make.table("a.csv", rows)
    make.table("b.csv", rows)
    data = read_folder(make.root)
    assert data.channels == ("channel 1", "channel 2")
    assert len(data.recordings[0].samples) == 200
    assert "no header" in notes(data)


@pytest.mark.parametrize(
    ("stamp", "rate"),
    [
        (lambda i: f"2024-03-01T10:00:{i * 0.02:09.6f}", 50.0),
        (lambda i: f"2024-03-01 10:00:{i * 0.02:06.3f}+02:00", 50.0),
        (lambda i: f"25/03/2024 10:{i // 60:02}:{i % 60:02}", 1.0),
        (lambda i: f"03/25/2024 10:{i // 60:02}:{i % 60:02}", 1.0),
        (lambda i: f"25.03.2024 10:{i // 60:02}:{i % 60:02}", 1.0),
        (lambda i: f"10:{i // 60:02}:{i % 60:02}", 1.0),
        (lambda i: str(1_700_000_000 + i), 1.0),
        (lambda i: str(1_700_000_000_000_000 + i * 10_000), 100.0),
        (lambda i: str(1_700_000_000_000_000_000 + i * 10_000_000), 100.0),
        (lambda i: f"{i * 0.01:.2f}", 100.0),
    ],
)
def test_time_columns_of_all_kinds(make: Any, stamp: Any, rate: float) -> None:
    rows = ["timestamp,ax,label", *(f"{stamp(i)},{i % 7},{'ab'[i // 50 % 2]}" for i in range(200))]
    make.table("a.csv", rows)
    make.table("b.csv", rows)
    data = read_folder(make.root)
    assert data.rate_hz == pytest.approx(rate)
    assert all(len(r.samples) == 200 for r in data.recordings)


def test_a_flag_column_gets_names(make: Any) -> None:
    rows = ["time_s,p,anomaly,changepoint", *(f"{i},{i % 5},{float(i > 60)},{float(i == 61)}" for i in range(120))]
    make.table("a.csv", rows)
    make.table("b.csv", rows)
    data = read_folder(make.root)
    assert data.classes == ("anomaly", "normal")
    assert data.channels == ("p",)
    assert "'changepoint' was left out" in notes(data)


def test_sounds_in_class_folders(clips: Path) -> None:
    data = read_folder(clips)
    assert (data.kind, data.rate_hz, data.channels) == ("audio", 8000.0, ("audio",))
    assert data.classes == ("high", "low")
    assert data.recordings[0].samples.shape == (4000, 1)
    assert 0.3 < float(np.abs(data.recordings[0].samples).max()) < 0.35


def test_stereo_and_other_rates_are_repaired_and_said_so(make: Any, clips: Path) -> None:
    make.tone("low/stereo.wav", hz=300, channels=2)
    make.tone("low/slow.wav", hz=300, rate=4000)
    data = read_folder(clips)
    assert all(r.samples.shape == (4000, 1) for r in data.recordings)
    assert "2 channels were mixed down to one" in notes(data)
    assert "resampled to 8,000 Hz" in notes(data)


@pytest.mark.parametrize("dtype", ["uint8", "int16", "int32", "float32"])
def test_sample_formats_of_wav_have_one_scale(make: Any, dtype: str) -> None:
    from scipy.io import wavfile

    wave = 0.5 * np.sin(np.arange(800) / 5)
    scaled = {
        "uint8": wave * 127 + 128, "int16": wave * 32767, "int32": wave * 2147483647, "float32": wave,
    }[dtype]  # fmt: skip
    for word in ("a", "b"):
        wavfile.write(make.path(f"{word}/x.wav"), 8000, scaled.astype(dtype))
    data = read_folder(make.root)
    np.testing.assert_allclose(data.recordings[0].samples[:, 0], wave, atol=0.012)


def test_an_index_gives_sounds_label_speaker_and_split(make: Any) -> None:
    rows = ["filename,word,speaker,set"]
    for number in range(6):
        make.tone(f"clips/{number}.wav", hz=300, seed=number)
        rows.append(
            f"{number}.wav,{'yes' if number % 2 else 'no'},sp{number // 2},{'testing' if number > 3 else 'training'}"
        )
    make.table("labels.csv", rows)
    data = read_folder(make.root)
    assert data.classes == ("no", "yes")
    assert data.group_kind == "speaker"
    assert [r.split for r in data.recordings] == ["train"] * 4 + ["test"] * 2


def test_folds_of_an_index_make_a_split(make: Any) -> None:
    rows = ["file,label,fold"]
    for number in range(10):
        make.tone(f"{number}.wav", hz=300, seed=number)
        rows.append(f"{number}.wav,{'ab'[number % 2]},{number // 2 + 1}")
    make.table("index.csv", rows)
    data = read_folder(make.root)
    assert [r.split for r in data.recordings] == ["train"] * 8 + ["test"] * 2
    assert data.group_kind == "fold"
    assert "'fold 5' is the sealed test" in notes(data)


def test_pictures_in_class_folders(make: Any) -> None:
    for number in range(3):
        make.picture(f"dark/{number}.png", level=40, seed=number)
        make.picture(f"light/{number}.jpg", level=200, seed=number)
    data = read_folder(make.root)
    assert (data.kind, data.channels, data.rate_hz) == ("image", ("red", "green", "blue"), None)
    assert data.recordings[0].samples.shape == (20, 24, 3)
    assert data.recordings[0].samples.dtype == np.uint8


def test_gray_pictures_stay_gray_and_large_ones_shrink(make: Any) -> None:
    make.picture("dark/a.png", level=40, gray=True)
    make.picture("light/a.png", level=200, gray=True, size=(600, 300))
    data = read_folder(make.root)
    assert data.channels == ("gray",)
    assert [r.samples.shape for r in data.recordings] == [(20, 24, 1), (128, 256, 1)]
    assert "no side is over 256" in notes(data)


def test_rows_of_a_table_as_windows(make: Any) -> None:
    rng = np.random.default_rng(0)
    make.table("signals.csv", [",".join(map(str, rng.integers(0, 99, 40))) for _ in range(12)])
    make.table(
        "index.csv", ["row,label,split", *(f"{i},{'ab'[i % 2]},{'test' if i > 7 else 'train'}" for i in range(12))]
    )
    data = read_folder(make.root)
    assert (data.kind, len(data.recordings), data.channels) == ("windows", 12, ("signal",))
    assert data.recordings[0].samples.shape == (40, 1)


def archive(path: Path, **arrays: Any) -> Path:
    np.savez_compressed(path, **arrays)
    return path


def test_npz_with_an_official_split(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    path = archive(
        tmp_path / "a.npz",
        X_train=rng.standard_normal((20, 32, 3)).astype("f4"), y_train=np.arange(20) % 2, s_train=np.arange(20) // 5,
        X_test=rng.standard_normal((8, 32, 3)).astype("f4"), y_test=np.arange(8) % 2, s_test=np.arange(8) // 4 + 10,
        channels=np.array(["x", "y", "z"]), classes=np.array(["up", "down"]), rate_hz=50.0,
    )  # fmt: skip
    data = read_folder(path)
    assert (data.kind, data.classes, data.channels) == ("windows", ("up", "down"), ("x", "y", "z"))
    assert (data.rate_hz, data.group_kind, len(data.recordings)) == (50.0, "subject", 28)
    assert [r.split for r in data.recordings].count("test") == 8


def test_npz_of_one_part_with_text_labels_and_channels_first(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    path = archive(
        tmp_path / "a.npz", X=rng.standard_normal((10, 3, 64)), y=np.array(["b", "a"] * 5), groups=np.arange(10) // 2
    )
    data = read_folder(path)
    assert data.classes == ("a", "b")
    assert data.recordings[0].samples.shape == (64, 3)
    assert "turned to [n, samples, channels]" in notes(data)
    assert [r.split for r in data.recordings] == [None] * 10


def test_npz_of_pictures_and_one_hot_labels(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (6, 12, 12), dtype=np.uint8)
    data = read_folder(archive(tmp_path / "a.npz", x=pixels, y=np.eye(2)[np.arange(6) % 2]))
    assert (data.kind, data.channels) == ("image", ("gray",))
    assert [r.label for r in data.recordings] == [0, 1, 0, 1, 0, 1]


def test_reading_twice_gives_the_same(subjects: Path) -> None:
    first, second = read_folder(subjects), read_folder(subjects)
    assert first.notes == second.notes
    for one, other in zip(first.recordings, second.recordings, strict=True):
        assert one.name == other.name
        np.testing.assert_array_equal(one.samples, other.samples)


def test_npz_of_windows_beside_test_windows_keeps_both(tmp_path: Path) -> None:
    windows = np.random.default_rng(0).standard_normal((6, 8, 2))
    path = archive(tmp_path / "a.npz", X=windows, y=np.arange(6) % 2, X_test=windows + 1, y_test=np.arange(6) % 2)
    assert [r.split for r in read_folder(path).recordings] == [None] * 6 + ["test"] * 6
    path = archive(
        tmp_path / "b.npz", X=windows, y=np.arange(6) % 2, X_train=windows[:4], y_train=np.arange(4) % 2,
        X_test=windows[4:], y_test=np.arange(2),
    )  # fmt: skip
    assert len(read_folder(path).recordings) == 6
