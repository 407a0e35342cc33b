"""Files from strangers, read on the trusted side: they are refused or read; they run nothing, write nothing, and take
no more time and memory than an honest file of a size that is allowed."""

import io
import json
import marshal
import os
import pickle
import re
import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.io import wavfile

from nanosmith.tools.compiler import compile_model
from nanosmith.tools.data.read import read_folder
from nanosmith.tools.errors import DataError, ModelRejected, ResultRefused, RunError
from nanosmith.tools.run_folder import parse_record
from nanosmith.tools.sandbox import read_plain_file
from nanosmith.tools.specs.run import RunSummary
from nanosmith.tools.training.failure import TrainingFailed
from nanosmith.tools.training.judge import compile_answer

MODEL = (Path(__file__).resolve().parents[1] / "compiler" / "corpus" / "motion.tflite").read_bytes()
MEMORY_LIMIT_BYTES = 300 * 2**20


class Bomb:
    """Unpickled, it makes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return os.mkdir, (str(self.path),)


def test_a_pickle_in_place_of_a_model_runs_nothing(tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    payload = pickle.dumps(Bomb(marker))
    with pytest.raises(TrainingFailed, match=r"not a \.tflite file"):
        compile_answer(payload, "cortex-m4f")
    assert not marker.exists()
    pickle.loads(payload)
    assert marker.exists(), "the control: the payload works"


def test_a_pickle_in_an_npz_runs_nothing(tmp_path: Path) -> None:
    marker, path = tmp_path / "ran", tmp_path / "a.npz"
    np.savez(path, X=np.array([Bomb(marker), 1], dtype=object), y=np.arange(2))
    with pytest.raises(DataError, match="Python objects; they are never unpickled"):
        read_folder(path)
    assert not marker.exists()
    np.load(path, allow_pickle=True)["X"]
    assert marker.exists(), "the control: the payload works"


def test_a_keras_file_with_a_lambda_in_place_of_a_model_runs_nothing(tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    code = compile(f"__import__('os').mkdir({str(marker)!r})", "x", "eval")
    layer = {"class_name": "Lambda", "config": {"function": marshal.dumps(code).hex()}}
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("config.json", json.dumps({"class_name": "Sequential", "config": {"layers": [layer]}}))
        archive.writestr("metadata.json", '{"keras_version": "3.13"}')
    with pytest.raises(ModelRejected, match="TFL3"):
        compile_model(stream.getvalue())
    assert not marker.exists()
    eval(marshal.loads(bytes.fromhex(layer["config"]["function"])))  # type: ignore[index]
    assert marker.exists(), "the control: the payload works"


def test_nothing_on_the_trusted_side_loads_what_can_run() -> None:
    """What runs inside the sandbox (the harness and what it imports) builds models and is the only exception."""
    root = Path(__file__).resolve().parents[2]
    words = (
        "pickle|joblib|marshal|shelve|load_model|load_weights|saved_model|eval|exec|compile|os\\.system|os\\.popen|"
        "extractall|allow_pickle=True"
    )
    prose = r'^(?!\s*(?:"""|\w+:|[A-Z][a-z]+ ))'
    forbidden = re.compile(rf"{prose}.*\b(?:{words})\b(?=\(|\.|\s*$|=|,|\))")
    allowed = re.compile(
        r"re\.compile|model\.compile|spec\.loader\.exec_module|\.compile\(checkpointer|def compile|\.compile\(\)"
    )
    found = [
        f"{path.relative_to(root)}:{number}: {line.strip()}"
        for folder in ("agents", "graphs", "tools")
        for path in sorted((root / folder).rglob("*.py"))
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if forbidden.search(line.split("#")[0]) and not allowed.search(line)
    ]
    assert found == []


def bounded(read: Callable[[], object], refusal: type[Exception]) -> None:
    """Refused, or read, within the memory of an honest file."""
    tracemalloc.start()
    try:
        read()
    except refusal:
        pass
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < MEMORY_LIMIT_BYTES


def patched(at: int, *words: int) -> bytes:
    """The model with 32-bit words changed."""
    return MODEL[:at] + struct.pack(f"<{len(words)}I", *words) + MODEL[at + 4 * len(words) :]


MODELS = {
    "a root beyond the end": patched(0, 0x7FFFFFF0),
    "a root before the beginning": patched(0, 0xFFFFFFFF),
    "nothing behind the identifier": MODEL[:32],
    "cut in the middle": MODEL[: len(MODEL) // 2],
    "every length huge": re.sub(rb"[\x01-\x10]\0\0\0", b"\xff\xff\xff\x7f", MODEL),
    "every offset to the beginning": MODEL[:8] + bytes(len(MODEL) - 8),
    "every offset to itself": MODEL[:8] + b"\x01\0\0\0" * ((len(MODEL) - 8) // 4),
    "17 MB": MODEL + bytes(17 * 2**20),
}


@pytest.mark.parametrize("name", MODELS)
def test_a_hostile_tflite_is_refused_within_bounds(name: str) -> None:
    bounded(lambda: compile_model(MODELS[name]), ModelRejected)


def test_every_word_of_a_tflite_changed() -> None:
    random = np.random.default_rng(0)
    for at in random.choice(len(MODEL) // 4, 40, replace=False) * 4:
        bounded(lambda at=at: compile_model(patched(int(at), 0x7FFFFFFF)), ModelRejected)  # type: ignore[misc]


def npz(header: str, content: bytes) -> bytes:
    """An archive with one array whose header says what it likes."""
    text = header.encode().ljust(118) + b"\n"
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("X.npy", b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + content)
        archive.writestr("y.npy", b"")
    return stream.getvalue()


ARCHIVES = {
    "claims terabytes": npz("{'descr': '<f4', 'fortran_order': False, 'shape': (1000000, 1000, 1000)}", b"x"),
    "claims more than there is": npz("{'descr': '<f4', 'fortran_order': False, 'shape': (9, 9, 9)}", b"x"),
    "four gigabytes of zeros": npz(
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1024, 1024, 1024)}", bytes(2**24)
    ),
    "a negative shape": npz("{'descr': '<f4', 'fortran_order': False, 'shape': (-5, 9, 9)}", b"x"),
    "code for a header": npz("__import__('os').mkdir('/tmp/nanosmith-evil')", b"x"),
    "brackets for a header": npz("(" * 110, b"x"),
    "a header without an end": npz("{'descr': '''", b"x"),
}


@pytest.mark.parametrize("name", ARCHIVES)
def test_a_hostile_npz_is_refused_within_bounds(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.npz").write_bytes(ARCHIVES[name])
    with pytest.raises(DataError):
        bounded(lambda: read_folder(tmp_path / "a.npz"), ModelRejected)
    assert not Path("/tmp/nanosmith-evil").exists()


@pytest.mark.parametrize("name", ["../../evil.npy", "/tmp/evil.npy", "C:\\evil.npy"])
def test_an_npz_can_not_write_elsewhere(tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr(name, b"evil")
    with pytest.raises(DataError):
        read_folder(tmp_path / "a.npz")
    assert [path.name for path in tmp_path.rglob("*")] == ["a.npz"]


def table(rows: int = 40) -> str:
    return "ax,ay,label\n" + "".join(f"{i},{-i},{('a', 'b')[i // 10 % 2]}\n" for i in range(rows))


TABLES = {
    "a field without an end": 'ax,ay,label\n1,"' + "x" * 2_000_000,
    "a hundred thousand columns": ",".join(f"c{i}" for i in range(100_000)) + "\n" + "1," * 100_000 + "\n",
    "zeros": "\0" * 1_000_000,
    "one line": "9" * 5_000_000,
    "numbers without an end": "ax,ay,label\n" + "9" * 1_000_000 + ",1,a\n",
    "a class a row": "ax,ay,label\n" + "".join(f"1,2,c{i}\n" for i in range(20_000)),
    "infinities": table().replace("5,-5", "inf,-1e999"),
    "digits that are none": table().replace(",a\n", ",²\n"),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_hostile_table_is_read_or_refused_within_bounds(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.csv").write_text(TABLES[name])
    (tmp_path / "b.csv").write_text(table())
    bounded(lambda: read_folder(tmp_path), DataError)


def test_a_gzip_bomb_is_refused(tmp_path: Path) -> None:
    pack = zlib.compressobj(9, zlib.DEFLATED, 31)
    (tmp_path / "a.csv.gz").write_bytes(b"".join(pack.compress(bytes(2**24)) for _ in range(40)) + pack.flush())
    with pytest.raises(DataError):
        read_folder(tmp_path)


def test_a_sound_that_claims_gigabytes_or_a_mad_rate_is_refused_within_bounds(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
    sound = tmp_path / "a" / "a.wav"
    wavfile.write(tmp_path / "b" / "b.wav", 8000, np.ones(800, np.int16))
    wavfile.write(sound, 8000, np.ones(800, np.int16))
    whole = sound.read_bytes()
    for at, word in ((40, 0xFFFFFFFF), (24, 4_294_967_291), (24, 1), (24, 7_999_993), (22, 0xFFFF), (16, 0x7FFFFFFF)):
        sound.write_bytes(whole[:at] + struct.pack("<I", word) + whole[at + 4 :])
        bounded(lambda: read_folder(tmp_path), DataError)


def test_a_picture_that_claims_gigapixels_is_refused(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        Image.new("L", (8, 8)).save(tmp_path / folder / "whole.png")
    stream = io.BytesIO()
    Image.new("L", (8, 8)).save(stream, "PNG")
    header = struct.pack(">II", 100_000, 100_000) + stream.getvalue()[24:29]
    crc = struct.pack(">I", zlib.crc32(b"IHDR" + header))
    (tmp_path / "a" / "a.png").write_bytes(stream.getvalue()[:16] + header + crc + stream.getvalue()[33:])
    with pytest.raises(DataError, match="pixels"):
        bounded(lambda: read_folder(tmp_path), ModelRejected)


def test_a_zip_is_not_unpacked(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("../evil.csv", table())
    with pytest.raises(DataError, match="unpack it first"):
        read_folder(tmp_path)
    assert not (tmp_path.parent / "evil.csv").exists()


def test_links_pipes_and_devices_among_the_recordings_are_left_alone(tmp_path: Path) -> None:
    data, secret = tmp_path / "data", tmp_path / "secret.csv"
    data.mkdir()
    secret.write_text(table().replace(",a\n", ",secret\n"))
    (data / "a.csv").write_text(table())
    (data / "stolen.csv").symlink_to(secret)
    (data / "folder").symlink_to(tmp_path)
    (data / "zero.csv").symlink_to("/dev/zero")
    os.mkfifo(data / "pipe.csv")
    found = read_folder(data)
    assert found.classes == ("a", "b")


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"schema_version": NaN}',
        b"\xff\xfe",
        b'{"usage": 1e999}',
        b"9" * 10_000_000,
    ],
    ids=["brackets", "objects", "NaN", "no text", "infinity", "a number"],
)
def test_hostile_json_is_refused_within_bounds(content: bytes) -> None:
    with pytest.raises(RunError):
        bounded(lambda: parse_record(content, RunSummary), ModelRejected)


def test_a_file_that_changes_under_the_reader_is_no_link(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    (tmp_path / "model").symlink_to(tmp_path / "secret")
    with pytest.raises(ResultRefused):
        read_plain_file(tmp_path / "model", 100)
    assert (tmp_path / "model").read_bytes() == b"secret", "the control: an ordinary read follows it"
