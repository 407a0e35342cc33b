"""Weights and scales of layers for the cores with SMLAD: two channels in an int16 (ns_filters_dsp.h)."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from nanosmith.tools.compiler.fixed_point import FixedPointScale, requantize
from nanosmith.tools.compiler.lower.channels import Channels
from nanosmith.tools.compiler.step import Constant, Struct

_QUAD = (0, 2, 1, 3)
"""Order of four taps: even bytes of a word, then odd ones, are neighbors for SMLAD."""

MAX_SHIFT = 22
"""Above, the kernels' rounding constant could pass 32 bits."""

_LIMIT = 2**31


def settle_channels(prepared: Channels, weights: NDArray[np.int8]) -> tuple[Channels, NDArray[np.int8]]:
    """The same layer with channels whose output never changes as zero weights and a small bias.

    Trained networks hold channels that died: batch normalization folds them to a bias near 2**30 and a tiny scale. They
    alone would keep a layer off the kernels' short path.

    Args:
        prepared: Constants of the channels.
        weights: [channels, taps] int8.

    """
    if not prepared.per_channel or fits_packing(prepared, weights):
        return prepared, weights
    bias, weights = prepared.bias.copy(), weights.copy()
    multipliers, shifts = prepared.multipliers.copy(), prepared.shifts.copy()
    for c, (low, high) in enumerate(_ranges(prepared, weights)):
        scale = FixedPointScale(int(multipliers[c]), int(shifts[c]))
        if max(abs(low), abs(high)) << max(scale.shift, 0) >= _LIMIT:
            continue
        ends = [min(127, max(-128, requantize(x, scale) + prepared.output_zero_point)) for x in (low, high)]
        if ends[0] == ends[1]:  # as rounding is monotonic, all between too
            weights[c], bias[c] = 0, 4 * (ends[0] - prepared.output_zero_point)
            multipliers[c], shifts[c] = 2**30, -1
    worst = _worst(bias, weights)
    settled = replace(
        prepared, bias=bias, multipliers=multipliers, shifts=shifts,
        narrow=int(worst.max()) < 2**30 and bool((shifts < 0).all()),
    )  # fmt: skip
    return settled, weights


def fits_packing(prepared: Channels, weights: NDArray[np.int8]) -> bool:
    """Whether the kernels of packed weights are exact for a layer."""
    if not prepared.narrow or -int(prepared.shifts.min()) > MAX_SHIFT:
        return False
    worst = np.append(_worst(prepared.bias, weights), 0)
    first, second = worst[0:-1:2], worst[1::2]
    return bool((256 * first + second < _LIMIT).all()) and int(weights.min()) > -128


def pack_pairs(weights: NDArray[np.int8]) -> NDArray[np.int16]:
    """[channels, taps] → [ceil(channels / 2), ceil(taps / 4), 4]: 256 × first + second channel, filled with zeros."""
    channels, taps = weights.shape
    padded = np.zeros((channels + channels % 2, -(-taps // 4) * 4), dtype=np.int16)
    padded[:channels, :taps] = weights
    packed = 256 * padded[0::2] + padded[1::2]
    return np.ascontiguousarray(packed.reshape(len(packed), -1, 4)[..., _QUAD])


def packed_filters(prepared: Channels, weights: NDArray[np.int8]) -> Struct:
    """`ns_filters_dsp` of a layer for which `fits_packing`."""
    packed = pack_pairs(weights)
    pairs, quads, _ = packed.shape
    return Struct("ns_filters_dsp", {
        "weights": Constant("weights", "int16_t", packed, f"[{pairs}][{quads}][4]: taps, 256 * channel a + channel b"),
        "scales": Constant("scales", "int32_t", _scales(prepared), f"[{pairs}][5]: biases, multipliers, shifts"),
        "channels": len(weights),
        "taps": quads * 4,
        "output_zero_point": prepared.output_zero_point,
        "activation_min": prepared.activation_min,
        "activation_max": prepared.activation_max,
    })  # fmt: skip


def packed_row_layer(prepared: Channels, weights: NDArray[np.int8]) -> Struct:
    """`ns_dense_dsp_s8` of a layer for which `fits_packing`: four channels side by side."""
    channels, inputs = weights.shape
    more = -channels % 4
    pairs = pack_pairs(np.pad(weights, ((0, more), (0, 0))))
    fours = np.ascontiguousarray(pairs.reshape(-1, 2, pairs.shape[1], 4).transpose(0, 2, 1, 3))
    scales = np.pad(prepared.multipliers, (0, more)) if prepared.per_channel else prepared.multipliers
    shifts = np.pad(prepared.shifts, (0, more), constant_values=-1) if prepared.per_channel else prepared.shifts
    return Struct("ns_dense_dsp_s8", {
        "weights": Constant("weights", "int16_t", fours, f"[{fours.shape[0]}][{fours.shape[1]}][2][4]: packed pairs"),
        "bias": Constant("bias", "int32_t", np.pad(prepared.bias, (0, more)), f"[{channels + more}]"),
        "multiplier": Constant("multiplier", "int32_t", scales, f"[{len(scales)}], Q0.31"),
        "shift": Constant("shift", "int8_t", -1 - shifts, f"[{len(shifts)}], to the right, less 1"),
        "channels": channels,
        "inputs": inputs,
        **{k: v for k, v in prepared.finish().items() if k != "narrow"},
    })  # fmt: skip


def _scales(prepared: Channels) -> NDArray[np.int32]:
    channels = len(prepared.bias)
    even = channels + channels % 2
    bias, multipliers, right = (np.zeros(even, dtype=np.int64) for _ in range(3))
    bias[:channels] = prepared.bias
    multipliers[:channels] = prepared.multipliers
    right[:channels] = -1 - prepared.shifts.astype(np.int64)
    columns = [256 * bias[0::2] + bias[1::2], bias[1::2], multipliers[0::2], multipliers[1::2],
               right[0::2] + 256 * right[1::2]]  # fmt: skip
    return np.stack(columns, axis=1).astype(np.int32)


def _ranges(prepared: Channels, weights: NDArray[np.int8]) -> list[tuple[int, int]]:
    """Smallest and largest accumulator of each channel."""
    wide = weights.astype(np.int64)
    positive, negative = np.maximum(wide, 0).sum(axis=1), np.minimum(wide, 0).sum(axis=1)
    low = prepared.bias.astype(np.int64) - 128 * positive + 127 * negative
    high = prepared.bias.astype(np.int64) + 127 * positive - 128 * negative
    return [(int(a), int(b)) for a, b in zip(low, high, strict=True)]


def _worst(bias: NDArray[np.int32], weights: NDArray[np.int8]) -> NDArray[np.int64]:
    """No accumulator of a channel is larger, partial sums included."""
    worst: NDArray[np.int64] = np.abs(bias.astype(np.int64)) + 128 * np.abs(weights.astype(np.int64)).sum(axis=1)
    return worst
