"""The serial protocol of `firmware_templates/project/sensor_replay.c`: samples in as blocks, answers out as lines."""

import math
import struct
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from nanosmith.tools.clean_text import clean_line
from nanosmith.tools.errors import FirmwareFailed

_PREFIX = b"@ns "
_EXACT_SCALES = (1.0, 2.0**-7, 2.0**-8, 2.0**-15)
"""Integers, and sound as PCM of 8 and 16 bits; powers of two, so that the product is exact."""

_MOST_LINES = 10_000
RESTART, PREPARED, STACK, END = b"R", b"W", b"S", b"E"


def tape(line: bytes, room_bytes: int) -> tuple[bytes, bytes]:
    """Split a stream into what is laid into the board's memory (`tape.h`) and what goes over the line."""
    count = max(0, room_bytes - 8)
    return b"NSTP" + struct.pack("<I", len(line[:count])) + line[:count], line[count:]


def sample_block(samples: NDArray[np.generic]) -> bytes:
    """One block of samples [n, values]: as bytes or 16-bit integers where that loses nothing, as float32 otherwise."""
    values = np.ascontiguousarray(samples, dtype=np.float32).reshape(len(samples), math.prod(samples.shape[1:]))
    header, payload = _encode(values)
    kind, rest = header[:1], header[1:]
    return kind + struct.pack("<I", len(values)) + rest + payload + _sums(payload)


def timed_block(samples: NDArray[np.float32], times_us: NDArray[np.uint32]) -> bytes:
    """One block of samples [n, values], each with its time, for firmware that takes samples with their times."""
    if not np.isfinite(samples).all():
        raise ValueError("samples for a replay must be finite")
    words = np.ascontiguousarray(samples, dtype="<f4").view("<u4")
    payload = np.column_stack([times_us.astype("<u4"), words]).astype("<u4").tobytes()
    return b"T" + struct.pack("<I", len(samples)) + payload + _sums(payload)


def _sums(payload: bytes) -> bytes:
    body = np.frombuffer(payload, dtype=np.uint8).astype(np.uint64)
    first = int(body.sum()) & 0xFFFFFFFF
    # Fletcher: the second sum adds up the first after every byte, so byte i counts (n - i) times.
    weights = np.arange(len(body), 0, -1, dtype=np.uint64)
    second = int((body * weights).sum()) & 0xFFFFFFFF
    return struct.pack("<II", first, second)


def _encode(values: NDArray[np.float32]) -> tuple[bytes, bytes]:
    if not np.isfinite(values).all():
        raise ValueError("samples for a replay must be finite")
    has_negative_zero = bool(np.signbit(values[values == 0]).any())
    for scale in () if has_negative_zero else _EXACT_SCALES:
        scaled = values / np.float32(scale)
        if np.abs(scaled).max(initial=0) < 2**15 and np.array_equal(scaled, np.rint(scaled)):
            if scale == 1.0 and scaled.min(initial=0) >= 0 and scaled.max(initial=0) <= 255:
                return b"B", scaled.astype(np.uint8).tobytes()
            return b"H" + struct.pack("<f", scale), scaled.astype("<i2").tobytes()
    return b"F", values.astype("<f4").tobytes()


@dataclass
class Transcript:
    """Reads what the firmware says, line by line."""

    ready: tuple[int, ...] = ()
    """Values of a sample, samples of a window and of a hop, classes."""

    winners: list[int] = field(default_factory=list)
    in_force: list[int] = field(default_factory=list)
    scores: list[bytes] = field(default_factory=list)
    application: list[tuple[int, str]] = field(default_factory=list)
    """Lines of the application, each with the index of the answer that it followed; -1 before the first."""

    stack_bytes: int | None = None
    ended: bool = False
    failure: str | None = None

    def take(self, line: bytes) -> bool:
        """Take one line; True once nothing more is to come."""
        if not line.startswith(_PREFIX):
            if len(self.application) < _MOST_LINES:
                text = clean_line(line.decode("utf-8", errors="replace"))
                self.application.append((len(self.scores) - 1, text))
            return False
        word, _, rest = line.removeprefix(_PREFIX).decode("ascii", errors="replace").strip().partition(" ")
        try:
            return self._take_word(word, rest)
        except ValueError:
            self.failure = clean_line(line.decode("utf-8", errors="replace"), limit=120)
            return True

    def _take_word(self, word: str, rest: str) -> bool:
        match word:
            case "ready":
                self.ready = tuple(int(number) for number in rest.split())
            case "answer":
                winner, in_force, digits = rest.split()
                self.winners.append(int(winner))
                self.in_force.append(int(in_force))
                self.scores.append(bytes.fromhex(digits))
            case "stack":
                self.stack_bytes = int(rest)
            case "end":
                self.ended = True
            case _:  # fault, exit, error
                self.failure = clean_line(f"{word} {rest}", limit=120)
        return self.ended or self.failure is not None

    def outputs(self, classes: int) -> NDArray[np.int8]:
        """Scores as int8 [answers, classes]; FirmwareFailed where an answer has another length."""
        if any(len(scores) != classes for scores in self.scores):
            raise FirmwareFailed(f"an answer did not have {classes} scores")
        flat = np.frombuffer(b"".join(self.scores), dtype=np.int8)
        return flat.reshape(len(self.scores), classes)
