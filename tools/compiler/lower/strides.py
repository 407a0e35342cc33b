"""Shapes as counts and strides: broadcasting, and merging neighbors that are contiguous."""

from collections.abc import Sequence

Strides = tuple[int, ...]
MAX_LOOPS = 4
"""Loops that the strided kernels have."""


def row_major(shape: Sequence[int]) -> Strides:
    """Elements from one index to the next, innermost 1."""
    strides, step = [], 1
    for size in reversed(shape):
        strides.append(step)
        step *= size
    return tuple(reversed(strides))


def broadcast_strides(shape: Sequence[int], output: Sequence[int]) -> Strides | None:
    """Strides of an input along the output's dimensions, 0 where it repeats; None where it does not fit."""
    if len(shape) > len(output):
        return None
    padded = (1,) * (len(output) - len(shape)) + tuple(shape)
    if any(size not in (1, wanted) for size, wanted in zip(padded, output, strict=True)):
        return None
    own = row_major(padded)
    return tuple(0 if size == 1 else step for size, step in zip(padded, own, strict=True))


def merge(counts: Sequence[int], strides: Sequence[Strides]) -> tuple[tuple[int, ...], tuple[Strides, ...]] | None:
    """Drops dimensions of 1 and joins neighbors that every operand walks as one; exactly four loops come out.

    Returns:
        Counts and each operand's strides, outermost first, or None where more than four loops are left.

    """
    kept: list[tuple[int, Strides]] = []
    for dimension, count in enumerate(counts):
        steps = tuple(s[dimension] for s in strides)
        if count == 1:
            continue
        if kept and all(outer == inner * count for outer, inner in zip(kept[-1][1], steps, strict=True)):
            kept[-1] = (kept[-1][0] * count, steps)
        else:
            kept.append((count, steps))
    if len(kept) > MAX_LOOPS:
        return None
    missing = MAX_LOOPS - len(kept)
    filled = [(1, (0,) * len(strides))] * missing + kept
    return tuple(c for c, _ in filled), tuple(tuple(s[i] for _, s in filled) for i in range(len(strides)))
