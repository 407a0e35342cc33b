"""What is fuzzed: bytes from anywhere go into a reader; it answers or refuses in its own words, and nothing else.

Each target takes any bytes. `benchmarks/fuzz/run.py` searches for inputs guided by coverage, outside CI; what it
found worth keeping lies in `corpus/<target>/` and is replayed by `test_corpus.py`.
"""

import gzip
import io
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.io import wavfile

from nanosmith.agents.llm_extract import NoJson, extract_object
from nanosmith.graphs.events import EVENT as TRACE_EVENT
from nanosmith.graphs.request import RunRequest
from nanosmith.tools.compiler import compile_model
from nanosmith.tools.data.read import read_folder
from nanosmith.tools.errors import DataError, ModelRejected, RunError
from nanosmith.tools.run_folder import parse_record
from nanosmith.tools.specs.candidate import Proposal
from nanosmith.tools.specs.run import RunSummary
from nanosmith.tools.training.job import EVENT as HARNESS_EVENT

Target = Callable[[bytes], None]


def tflite(data: bytes) -> None:
    """The .tflite reader, and all of the compiler behind it."""
    try:
        compiled = compile_model(data)
    except ModelRejected:
        return
    assert compiled.files


KINDS = ("a.csv", "a.csv.gz", "index.csv", "low/a.wav", "dark/a.png", "dark/a.jpg", "dark/a.bmp", "dark/a.gif", "a.npz")


def recordings(data: bytes) -> None:
    """The data readers: the first byte chooses the kind of file, the rest is the file."""
    kind = KINDS[data[0] % len(KINDS)] if data else KINDS[0]
    folder = _folder(kind)
    path = folder / kind
    path.write_bytes(data[1:])
    try:
        found = read_folder(path if kind.endswith(".npz") else folder)
    except DataError:
        return
    assert len(found.classes) >= 2
    for recording in found.recordings:
        assert np.isfinite(recording.samples).all()
        assert recording.samples.shape[-1] == len(found.channels)


def json_text(data: bytes) -> None:
    """Every reader of JSON that others wrote: a language model, a training, a run folder."""
    for kind in (RunSummary, RunRequest, Proposal):
        try:
            parse_record(data, kind)
        except RunError:
            continue
    for adapter in (HARNESS_EVENT, TRACE_EVENT):
        try:
            adapter.validate_json(data)
        except ValueError:  # pydantic's ValidationError
            continue
    try:
        assert isinstance(extract_object(data.decode("utf-8", errors="replace"), wrap="proposals"), dict)
    except NoJson:
        return


TARGETS: dict[str, Target] = {"tflite": tflite, "recordings": recordings, "json_text": json_text}


@cache
def _folder(kind: str) -> Path:
    """A folder with whole files beside the one that is fuzzed."""
    root = Path(tempfile.mkdtemp(prefix="fuzz-"))
    random = np.random.default_rng(0)
    if kind.endswith(".wav"):
        (root / "low").mkdir()
        (root / "high").mkdir()
        wavfile.write(root / "high" / "b.wav", 8000, (random.standard_normal(400) * 3000).astype(np.int16))
    elif kind.startswith("dark"):
        (root / "dark").mkdir()
        (root / "light").mkdir()
        Image.fromarray(random.integers(0, 255, (6, 5, 3)).astype(np.uint8)).save(root / "light" / "b.png")
    elif not kind.endswith(".npz"):
        for name in ("b.csv", "c.csv"):
            (root / name).write_text(_table())
    return root


def _table() -> str:
    rows = [f"{i * 20},{i % 7 - 3:.2f},{i % 5:.2f},{('rest', 'move')[i // 10 % 2]}" for i in range(40)]
    return "time_ms,ax,ay,label\n" + "\n".join(rows) + "\n"


def seeds(name: str) -> dict[str, bytes]:
    """Whole inputs to start from."""
    match name:
        case "tflite":
            corpus = Path(__file__).resolve().parents[1] / "compiler" / "corpus"
            return {path.stem: path.read_bytes() for path in sorted(corpus.glob("*.tflite"))}
        case "recordings":
            return {f"seed-{number}": bytes([number]) + content for number, content in enumerate(map(_whole, KINDS))}
        case _:
            return {
                "request": RunRequest(run="r", goal="g", data="/d", mind="m").model_dump_json().encode(),
                "epoch": b'{"event":"epoch","epoch":1,"loss":0.5,"train":0.5}',
                "done": b'{"event":"done","result":{"parameters":1,"output_shape":[null,2]},"calibrations":["plain"]}',
                "prose": b'<think>hm</think> Here: ```json\n{"proposals": [{"idea": "a", "source": "x",}]}\n```',
                "list": b'[{"idea": "\\ud83d", "n": 1e999}]',
            }


def _whole(kind: str) -> bytes:
    stream = io.BytesIO()
    random = np.random.default_rng(1)
    if kind.endswith(".wav"):
        wavfile.write(stream, 8000, (random.standard_normal(60) * 3000).astype(np.int16))
    elif kind.startswith("dark"):
        form = {"png": "PNG", "jpg": "JPEG", "bmp": "BMP", "gif": "GIF"}[kind.rsplit(".", 1)[-1]]
        Image.fromarray(random.integers(0, 90, (6, 5, 3)).astype(np.uint8)).save(stream, form)
    elif kind.endswith(".npz"):
        np.savez(stream, X=random.standard_normal((4, 3, 2)).astype("f4"), y=np.arange(4) % 2)
    elif kind == "index.csv":
        return b"file,subject,split\nb.csv,p1,train\nc.csv,p2,test\n"
    elif kind.endswith(".gz"):
        return gzip.compress(_table().encode(), mtime=0)
    else:
        return _table().encode()
    return stream.getvalue()
