"""Ready-made windows or pictures from one .npz; sizes are checked before anything is loaded, pickles never are."""

import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from tokenize import TokenError
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from nanosmith.tools.clean_text import clean_line
from nanosmith.tools.data import limits
from nanosmith.tools.data.findings import Findings
from nanosmith.tools.data.labels import class_names
from nanosmith.tools.data.npz_targets import are_numbers, columns_of, names_of
from nanosmith.tools.data.recordings import NO_CLASS, DataSet, Recording, Split, as_samples
from nanosmith.tools.errors import DataError

_INPUTS = ("x", "data", "windows", "signals", "samples", "images", "features")
_LABELS = ("y", "labels", "label", "targets", "target", "classes_y")
_GROUPS = ("s", "groups", "group", "subjects", "subject", "g", "subject_ids", "speakers", "users", "sessions")
_RATES = ("rate_hz", "rate", "fs", "sampling_rate", "sample_rate", "sampling_rate_hz", "sample_rate_hz")
_PARTS: tuple[tuple[str, Split | None], ...] = (("", None), ("train", "train"), ("val", "train"), ("test", "test"))

Arrays = Mapping[str, NDArray[Any]]


def read_npz(path: Path, *, number_wanted: bool = False) -> DataSet:
    """Read `X`/`y`/`groups`, or the same with `_train` and `_test` behind, from an archive.

    Where y holds fractions, or many different numbers and the goal asks for one, windows have no class: y is what may
    be estimated (`DataSet.listed`).

    Raises:
        DataError: Damaged, too large, pickled, or without the arrays that are needed.

    """
    findings = Findings()
    arrays = _load(path)
    parts = [part for end, split in _PARTS if (part := _part(arrays, end, split, path.name)) is not None]
    if not parts:
        raise DataError(
            f"no windows: an array X (or X_train and X_test) with y beside it is needed; found {_listed(arrays)}",
            file=path.name,
        )
    if parts[0][3] is None and any(split == "train" for *_, split in parts):
        parts = parts[1:]  # X beside X_train is both parts together
    kind_x = parts[0][0]
    for x, *_ in parts:
        if x.shape[1:] != kind_x.shape[1:]:
            raise DataError(f"windows of different shapes: {kind_x.shape[1:]} and {x.shape[1:]}", file=path.name)
    names = _names(arrays, ("channels", "channel_names", "features", "feature_names"))
    is_picture = kind_x.ndim == 4 or (kind_x.ndim == 3 and kind_x.dtype == np.uint8)
    targets = [y for _, y, _, _ in parts]
    listed: tuple[str, ...] = ()
    numbers: list[NDArray[np.float64]] = [np.zeros((len(y), 0)) for y in targets]
    classes: tuple[str, ...] = (NO_CLASS,)
    indices = [np.zeros(len(y), np.int32) for y in targets]
    if are_numbers(targets, number_wanted=number_wanted):
        numbers = columns_of(targets, path.name)
        listed = names_of(arrays, _key(arrays, _LABELS, "") or "y", numbers[0].shape[1])
        findings.info("y holds numbers to estimate, and no classes")
    else:
        classes, indices = _classes(arrays, [_flat(y) for y in targets], findings, path.name)
    recordings: list[Recording] = []
    for (x, _, groups, split), labels, known in zip(parts, indices, numbers, strict=True):
        shaped = _pictures(x, path.name) if is_picture else _windows(x, names, findings, path.name)
        recordings += _recordings(shaped, labels, known, groups, split, first=len(recordings))
    colors = recordings[0].samples.shape[-1]
    channels = names if len(names) == colors else _channel_names(colors, is_picture=is_picture)
    has_groups = all(groups is not None for _, _, groups, _ in parts)
    kind = _group_kind(arrays) if has_groups else None
    rate = next((float(arrays[key]) for key in _RATES if key in arrays and arrays[key].size == 1), None)
    if rate is None and not is_picture:
        findings.info("the archive states no sampling rate; windows count samples")
    height, width = recordings[0].samples.shape[:2]
    return DataSet(
        "image" if is_picture else "windows", tuple(recordings), classes, channels,
        rate if rate and rate > 0 else None, kind, findings.notes(), listed=listed,
        picture_size=(height, width) if is_picture else None,
    )  # fmt: skip


def _load(path: Path) -> Arrays:
    limits.check_file_size(path, path.name, limits.FILE_BYTES)
    try:
        with zipfile.ZipFile(path) as archive:
            _check_claims(archive, path.name)
        with np.load(path, allow_pickle=False) as stored:
            return {key: stored[key] for key in stored.files}
    except (
        zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, LookupError, RuntimeError,
    ) as error:  # fmt: skip
        raise DataError(f"is no readable .npz: {error}", file=path.name) from error
    except (ValueError, TypeError, SyntaxError, ArithmeticError, TokenError, MemoryError) as error:
        # numpy reads an array's header as Python source
        raise DataError(f"holds an array that can't be loaded: {error}", file=path.name) from error


def _check_claims(archive: zipfile.ZipFile, name: str) -> None:
    """Sum up what the members say they hold, from their headers alone."""
    claimed = 0
    for member in archive.infolist():
        if not member.filename.endswith(".npy"):
            raise DataError(f"holds {member.filename!r}, which is no array", file=name)
        with archive.open(member) as stream:
            version = npy.read_magic(stream)
            read_header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
            shape, _, dtype = read_header(stream)
        if dtype.hasobject:
            raise DataError(
                f"array {member.filename.removesuffix('.npy')!r} holds Python objects; they are never unpickled: save "
                "plain numbers or text", file=name,
            )  # fmt: skip
        size = dtype.itemsize
        for extent in shape:
            size *= extent
        claimed += max(size, member.file_size)
    if claimed > limits.TOTAL_BYTES:
        raise DataError(
            f"its arrays take {limits.gigabytes(claimed)}; the limit is {limits.gigabytes(limits.TOTAL_BYTES)}",
            file=name,
        )


def _part(
    arrays: Arrays, end: str, split: Split | None, file: str
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any] | None, Split | None] | None:
    x_key = _key(arrays, _INPUTS, end)
    if x_key is None:
        return None
    y_key = _key(arrays, _LABELS, end)
    if y_key is None:
        raise DataError(f"array {x_key!r} has no labels beside it (y{'_' + end if end else ''})", file=file)
    x, y = arrays[x_key], arrays[y_key]
    y = y.reshape(1) if y.ndim == 0 else y
    group_key = _key(arrays, _GROUPS, end)
    groups = None if group_key is None else arrays[group_key].reshape(-1)
    for key, array in ((y_key, y), (group_key, groups)):
        if array is not None and len(array) != len(x):
            raise DataError(f"{len(x):,} windows in {x_key!r} and {len(array):,} entries in {key!r}", file=file)
    if len(x) == 0:
        raise DataError(f"array {x_key!r} holds no windows", file=file)
    return x, y, groups, split


def _flat(y: NDArray[Any]) -> NDArray[Any]:
    """Class indices or names, [n], also of one-hot rows."""
    if y.ndim == 2 and y.shape[1] > 1 and np.issubdtype(y.dtype, np.number):
        y = y.argmax(axis=1)
    return y.reshape(-1)


def _key(arrays: Arrays, stems: tuple[str, ...], end: str) -> str | None:
    by_lower = {key.lower(): key for key in arrays}
    for stem in stems:
        for name in (f"{stem}_{end}", f"{end}_{stem}", f"{stem}{end}") if end else (stem,):
            if name in by_lower:
                return by_lower[name]
    return None


def _names(arrays: Arrays, keys: tuple[str, ...]) -> tuple[str, ...]:
    for key in keys:
        if key in arrays and arrays[key].ndim == 1 and arrays[key].dtype.kind in "US":
            return tuple(clean_line(_text(item), limit=60) for item in arrays[key])
    return ()


def _text(item: object) -> str:
    return item.decode("utf-8", errors="replace") if isinstance(item, bytes) else str(item)


def _classes(
    arrays: Arrays, labels: list[NDArray[Any]], findings: Findings, file: str
) -> tuple[tuple[str, ...], list[NDArray[np.int32]]]:
    names = _names(arrays, ("classes", "class_names", "label_names", "target_names"))
    together = np.concatenate(labels)
    if together.dtype.kind == "f":
        if not np.array_equal(together, np.round(together)):
            raise DataError("y holds numbers that are no whole class indices", file=file)
        together = together.astype(np.int64)
        labels = [part.astype(np.int64) for part in labels]
    if names and together.dtype.kind in "iub" and together.min() >= 0 and together.max() < len(names):
        if len(np.unique(together)) < 2:
            raise DataError("there is only one class in y; at least two are needed to tell apart", file=file)
        return names, [part.astype(np.int32) for part in labels]
    counts = Counter(_text(item) for item in together.tolist())
    classes, numbers = class_names(counts, findings, source="array y")
    return classes, [np.array([numbers[_text(item)] for item in part.tolist()], dtype=np.int32) for part in labels]


def _windows(x: NDArray[Any], names: tuple[str, ...], findings: Findings, file: str) -> NDArray[np.float32]:
    if x.ndim == 2:
        x = x[:, :, None]
    if x.ndim != 3 or x.dtype.kind not in "fiub" or 0 in x.shape:
        raise DataError(f"X is {x.dtype} {list(x.shape)}; windows are numbers [n, samples, channels]", file=file)
    named_axis_1 = len(names) == x.shape[1] != x.shape[2]
    if named_axis_1 or (not names and x.shape[1] <= 16 and x.shape[2] >= 4 * x.shape[1]):
        findings.repair("windows stored as [n, channels, samples] were turned to [n, samples, channels]")
        x = x.transpose(0, 2, 1)
    windows = np.ascontiguousarray(as_samples(x))
    bad = np.flatnonzero(~np.isfinite(windows).all(axis=(1, 2)))
    if len(bad) == len(windows):
        raise DataError("no window is free of missing values", file=file)
    if len(bad):
        findings.repair("{n} windows with missing or infinite values were left out", count=len(bad), file=file)
    return windows


def _pictures(x: NDArray[Any], file: str) -> NDArray[np.uint8]:
    if x.ndim == 3:
        x = x[:, :, :, None]
    if x.shape[3] not in (1, 3) or 0 in x.shape:
        raise DataError(f"X is {list(x.shape)}; pictures are [n, height, width, 1 or 3 colors]", file=file)
    if x.dtype != np.uint8:
        peak = float(np.nanmax(x))
        if not np.isfinite(x).all() or float(x.min()) < 0 or peak > 255:
            raise DataError("pictures must hold 0 to 255, or 0 to 1", file=file)
        x = np.round(x * (255.0 if peak <= 1.0 else 1.0)).astype(np.uint8)
    return np.ascontiguousarray(x)


def _recordings(
    x: NDArray[Any],
    labels: NDArray[np.int32],
    numbers: NDArray[np.float64],
    groups: NDArray[Any] | None,
    split: Split | None,
    *,
    first: int,
) -> list[Recording]:
    usable = np.ones(len(x), dtype=bool) if x.dtype == np.uint8 else np.isfinite(x).all(axis=(1, 2))
    return [
        Recording(
            name=f"window {first + i}", samples=x[i], labels=None, label=int(labels[i]),
            group=f"window {first + i}" if groups is None else _text(groups[i]), split=split,
            listed=tuple(numbers[i].tolist()),
        )
        for i in range(len(x)) if usable[i]
    ]  # fmt: skip


def _channel_names(count: int, *, is_picture: bool) -> tuple[str, ...]:
    if is_picture:
        return ("red", "green", "blue") if count == 3 else ("gray",)
    return ("signal",) if count == 1 else tuple(f"channel {position}" for position in range(1, count + 1))


def _group_kind(arrays: Arrays) -> str:
    words = {"s": "subject", "subject": "subject", "speaker": "speaker", "user": "subject", "session": "session"}
    key = next((key for end, _ in _PARTS if (key := _key(arrays, _GROUPS, end))), "")
    return words.get(key.lower().split("_")[0].rstrip("s") or "s", "group")


def _listed(arrays: Arrays) -> str:
    return ", ".join(f"{key} {list(array.shape)}" for key, array in list(arrays.items())[:6]) or "nothing"
