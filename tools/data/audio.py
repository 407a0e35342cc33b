"""Sound clips from WAV files: one channel, one rate, samples between -1 and 1."""

import struct
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from math import gcd
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.io import wavfile
from scipy.signal import resample_poly

from nanosmith.tools.data.findings import Findings
from nanosmith.tools.data.index_file import Entry
from nanosmith.tools.data.labels import class_names
from nanosmith.tools.data.limits import FILE_BYTES, Volume, check_file_size
from nanosmith.tools.data.recordings import DataSet, Recording, as_samples
from nanosmith.tools.errors import DataError

_LARGEST_RATIO = 50_000
"""Of two rates without common factors: the filter between them has twenty times as many taps."""


@dataclass(frozen=True)
class Clip:
    """One file, mixed down to one channel."""

    entry: Entry
    samples: NDArray[np.float32]
    """[n], between -1 and 1."""

    rate: int


def read_sounds(entries: Sequence[Entry], group_kind: str | None, findings: Findings) -> DataSet:
    """Read all clips, mixed down to one channel and brought to the most common rate.

    Raises:
        DataError: A file that is no WAV, is cut short or holds no samples; labels missing.

    """
    counts = Counter(entry.label for entry in entries if entry.label is not None)
    classes, numbers = class_names(counts, findings, source="index, folders and file names")
    clips, rate = read_clips(entries, findings)
    recordings = tuple(
        Recording(
            name=clip.entry.file.name, samples=clip.samples[:, None], labels=None,
            label=-1 if clip.entry.label is None else numbers[clip.entry.label],
            group=clip.entry.group or clip.entry.file.name, split=clip.entry.split,
            source_rate_hz=float(clip.rate),
        )
        for clip in clips
    )  # fmt: skip
    return DataSet("audio", recordings, classes, ("audio",), float(rate), group_kind, findings.notes())


def read_clips(entries: Sequence[Entry], findings: Findings) -> tuple[list[Clip], int]:
    """Samples of all files at the most common rate, and that rate; `Clip.rate` stays the file's own.

    Raises:
        DataError: As `read_sounds`, labels apart.

    """
    volume = Volume()
    clips: list[Clip] = []
    for entry in entries:
        clip = _read(entry, findings)
        clips.append(replace(clip, samples=volume.keep(clip.samples, entry.file.name)))
    rates = Counter(clip.rate for clip in clips)
    rate = max(rates, key=lambda candidate: (rates[candidate], candidate))
    return [replace(clip, samples=_at_rate(clip, rate, findings)) for clip in clips], rate


def _read(entry: Entry, findings: Findings) -> Clip:
    name = entry.file.name
    check_file_size(entry.file.path, name, FILE_BYTES)
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", wavfile.WavFileWarning)
            rate, samples = wavfile.read(BytesIO(entry.file.path.read_bytes()))  # of a file, scipy allocates
            # what the header claims
    except (
        ValueError, EOFError, OSError, LookupError, TypeError, UnboundLocalError, ArithmeticError, struct.error,
    ) as error:  # fmt: skip
        # scipy meets damaged headers with whatever its parsing runs into
        raise DataError(f"can't be read as WAV: {error}", file=name) from error
    if any("Reached EOF prematurely" in str(warning.message) for warning in caught):
        findings.repair("the file is shorter than its header says; what is there was read", file=name)
    if samples.size == 0 or rate <= 0:
        raise DataError("holds no samples", file=name)
    mono = _scaled(samples)
    if mono.ndim == 2:
        findings.repair(f"{mono.shape[1]} channels were mixed down to one", file=name)
        mono = mono.mean(axis=1, dtype=np.float32)
    gone = np.isnan(mono)
    if gone.any():
        findings.repair("{n} samples that are no usable numbers were set to 0", count=int(gone.sum()), file=name)
        mono = np.where(gone, np.float32(0), mono)
    if not mono.any():
        findings.warning("nothing but digital silence", file=name)
    return Clip(entry, np.ascontiguousarray(mono), int(rate))


def _scaled(samples: NDArray[Any]) -> NDArray[np.float32]:
    """Integers of any width to -1..1; 8-bit WAV is unsigned, 24-bit comes left-aligned in 32."""
    if samples.dtype == np.uint8:
        return np.asarray((samples.astype(np.float32) - 128.0) / 128.0, dtype=np.float32)
    if np.issubdtype(samples.dtype, np.integer):
        return np.asarray(samples / -float(np.iinfo(samples.dtype).min), dtype=np.float32)
    return as_samples(samples)


def _at_rate(clip: Clip, rate: int, findings: Findings) -> NDArray[np.float32]:
    if clip.rate == rate:
        return clip.samples
    findings.repair(
        f"recorded at another rate and resampled to {rate:,} Hz",
        file=clip.entry.file.name,
        effect="a class of one rate may be known by what resampling leaves; the leak alarm asks",
    )
    factor = gcd(clip.rate, rate)
    longest = max(rate, clip.rate) // factor
    if longest > _LARGEST_RATIO or len(clip.samples) * rate // clip.rate > FILE_BYTES // 4:
        raise DataError(f"its rate of {clip.rate:,} Hz can't be brought to {rate:,} Hz", file=clip.entry.file.name)
    resampled: NDArray[np.float32] = resample_poly(clip.samples, rate // factor, clip.rate // factor).astype(np.float32)
    return resampled
