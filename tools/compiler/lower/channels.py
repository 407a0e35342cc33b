"""Per-channel constants of layers with weights: bias with the input's zero point folded in, multipliers, shifts."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from nanosmith.tools.compiler.graph import Tensor
from nanosmith.tools.compiler.lower.scope import Scope
from nanosmith.tools.compiler.quantization import activation_limits, ratio
from nanosmith.tools.compiler.step import Constant, Struct

_ACCUMULATOR_LIMIT = 2**31
_NARROW_LIMIT = 2**30
_QUAD = (0, 2, 1, 3)
"""Order of four taps in memory: even bytes of a word, then odd ones, are neighbors for SMLAD."""


@dataclass(frozen=True)
class Channels:
    """What turns accumulators into outputs."""

    bias: NDArray[np.int32]
    multipliers: NDArray[np.int32]
    shifts: NDArray[np.int8]
    per_channel: bool
    narrow: bool
    """Accumulators stay below 2**30 and all factors below 1/2: the kernels' short path is exact."""

    output_zero_point: int
    activation_min: int
    activation_max: int

    def spread(self, count: int) -> "Channels":
        """The same with a scale for each of `count` channels."""
        multipliers, shifts = np.resize(self.multipliers, count), np.resize(self.shifts, count)
        return replace(self, multipliers=multipliers, shifts=shifts, per_channel=True)

    def fields(self) -> dict[str, int | Constant | Struct | tuple[int, ...]]:
        """Fields that all structs of layers with weights share."""
        per = f"[{len(self.multipliers)}]"
        return {
            "bias": Constant("bias", "int32_t", self.bias, f"[{len(self.bias)}], input zero point folded in"),
            "multiplier": Constant("multiplier", "int32_t", self.multipliers, f"{per}, Q0.31"),
            "shift": Constant("shift", "int8_t", self.shifts, f"{per}, positive shifts left"),
        }

    def finish(self) -> dict[str, int | Constant | Struct | tuple[int, ...]]:
        """The scalar fields at the end of those structs."""
        return {
            "per_channel": int(self.per_channel),
            "narrow": int(self.narrow),
            "output_zero_point": self.output_zero_point,
            "activation_min": self.activation_min,
            "activation_max": self.activation_max,
        }


def weights_of(scope: Scope) -> tuple[Tensor, NDArray[np.int8]]:
    """The constant int8 weights, input 1, symmetric.

    Raises:
        UnsupportedOperator: They are computed, not int8, or have zero points.

    """
    tensor = scope.input(1)
    if tensor.values is None:
        raise scope.refuse(f"the weights ({tensor.name}) are not a constant")
    if tensor.dtype != "INT8" or not tensor.scales:
        raise scope.refuse(f"the weights ({tensor.name}) are {tensor.dtype}; int8 is compiled")
    if any(tensor.zero_points):
        raise scope.refuse(f"the weights ({tensor.name}) are not symmetric")
    return tensor, tensor.values.astype(np.int8)


def read_channels(scope: Scope, weights: NDArray[np.int8], factors: list[float]) -> Channels:
    """Constants of every output channel.

    Args:
        scope: The operator.
        weights: [channels, taps] int8, all that one output reads.
        factors: Requantization factors, one a channel or one for all.

    Raises:
        UnsupportedOperator: A bias of another type, or accumulators that could pass 32 bits.

    """
    source, output = scope.activation(0), scope.int8(scope.output)
    channels = weights.shape[0]
    bias = np.zeros(channels, dtype=np.int64)
    if scope.has_input(2):
        bias = scope.constant(2, "INT32").reshape(-1)
        if bias.shape != (channels,):
            raise scope.refuse(f"the bias has {bias.size} elements for {channels} channels")
    wide = weights.astype(np.int64)
    folded = bias - source.zero_point * wide.sum(axis=1)
    worst = np.abs(folded) + 128 * np.abs(wide).sum(axis=1)
    if int(worst.max()) >= _ACCUMULATOR_LIMIT:
        raise scope.refuse("an accumulator could pass 32 bits")
    scales = [ratio(output, f) for f in factors]
    low, high = activation_limits(scope.option("FusedActivationFunction"), output)
    return Channels(
        bias=folded.astype(np.int32),
        multipliers=np.array([s.multiplier for s in scales], dtype=np.int32),
        shifts=np.array([s.shift for s in scales], dtype=np.int8),
        per_channel=len(factors) > 1,
        narrow=int(worst.max()) < _NARROW_LIMIT and all(s.shift < 0 for s in scales),
        output_zero_point=output.zero_point,
        activation_min=low,
        activation_max=high,
    )


def channel_factors(scope: Scope, weights: Tensor) -> list[float]:
    """input_scale × weight_scale / output_scale in double precision, one a channel or one for all.

    So do tflite-micro's wheels, dense layers with one scale included; older sources multiply those in float32.
    """
    source, output = scope.activation(0), scope.int8(scope.output)
    return [source.scale * s / output.scale for s in weights.scales]


def plain_filters(channels: Channels, weights: NDArray[np.int8], groups: int = 1, *, shared: bool = False) -> Struct:
    """`ns_filters_mve_s8` of one group, for [channels, taps] of all groups; `shared` scales may stay one for all."""
    count, taps = weights.shape
    if not (shared or channels.per_channel):
        channels = channels.spread(count)
    return Struct("ns_filters_mve_s8", {
        "weights": Constant("weights", "int8_t", weights, f"[{count}][{taps}]"),
        **channels.fields(), "channels": count // groups, "taps": taps, **channels.finish(),
    })  # fmt: skip


def interleave(weights: NDArray[np.int8]) -> NDArray[np.int8]:
    """[channels, taps] → [ceil(channels / 2), ceil(taps / 4), 8], filled with zeros: quads of two channels."""
    channels, taps = weights.shape
    padded = np.zeros((channels + channels % 2, -(-taps // 4) * 4), dtype=np.int8)
    padded[:channels, :taps] = weights
    quads = padded.reshape(len(padded) // 2, 2, -1, 4)[..., _QUAD]
    return np.ascontiguousarray(quads.transpose(0, 2, 3, 1)).reshape(len(quads), -1, 8)


def filters(channels: Channels, weights: NDArray[np.int8], groups: int = 1) -> Struct:
    """`ns_filters_s8` of one group; the arrays hold all groups."""
    per_group = weights.shape[0] // groups
    parts = [interleave(weights[g * per_group : (g + 1) * per_group]) for g in range(groups)]
    packed = np.stack(parts)
    shape = f"[{packed.shape[1]}][{packed.shape[2]}][8]"
    layout = f"[group={groups}]{shape}" if groups > 1 else shape
    return Struct("ns_filters_s8", {
        "weights": Constant("weights", "int8_t", packed, f"{layout}: quads of taps of channel pairs"),
        **channels.fields(),
        "channels": per_group,
        "taps": packed.shape[2] * 4,
        **channels.finish(),
    })  # fmt: skip
