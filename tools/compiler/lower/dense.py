"""FULLY_CONNECTED, and the dense kernel for 1x1 convolutions."""

import numpy as np
from numpy.typing import NDArray

from nanosmith.tools.compiler.lower.channels import (
    Channels,
    channel_factors,
    filters,
    plain_filters,
    read_channels,
    weights_of,
)
from nanosmith.tools.compiler.lower.scope import MAX_DIMENSION, Scope
from nanosmith.tools.compiler.step import Overlap, Step, Struct

_DEFAULT_FORMAT = 0


def lower_fully_connected(scope: Scope) -> list[Step]:
    """A dense layer on each row of its input."""
    tensor, weights = weights_of(scope)
    source = scope.activation(0)
    if weights.ndim != 2 or scope.option("WeightsFormat") != _DEFAULT_FORMAT:
        raise scope.refuse(f"weights of shape {list(weights.shape)} in format {scope.option('WeightsFormat')}")
    outputs, inputs = weights.shape
    rows = source.elements // inputs
    if rows * inputs != source.elements or scope.output.elements != rows * outputs:
        raise scope.refuse(f"weights {list(weights.shape)} don't fit an input of {source.elements:,} elements")
    if max(outputs, inputs) >= MAX_DIMENSION:
        raise scope.refuse(f"weights {list(weights.shape)} are too large")
    prepared = read_channels(scope, weights, channel_factors(scope, tensor))
    return [pointwise_step(scope, prepared, weights, rows)]


def pointwise_step(scope: Scope, channels: Channels, weights: NDArray[np.int8], rows: int) -> Step:
    """One call of the dense kernel: `rows` rows, weights [outputs, inputs]."""
    if scope.profile == "mve":
        return _mve_step(scope, channels, weights, rows)
    return _quads_step(scope, filters(channels, weights), rows, weights.shape[1], weights.size)


def _mve_step(scope: Scope, channels: Channels, weights: NDArray[np.int8], rows: int) -> Step:
    outputs, inputs = weights.shape
    source = scope.input(0).index
    core = plain_filters(channels, weights, shared=rows == 1)
    if rows == 1:
        name, params, overlaps = "ns_dense_mve_s8", Struct("ns_dense_mve_s8", {"filters": core}), {}
    else:  # three rows are read again after their first channels were written
        name = "ns_dense_rows_mve_s8"
        params = Struct(name, {"filters": core, "rows": rows})
        overlaps = {source: Overlap(behind=max(min(r + 3, rows) * outputs - r * inputs for r in range(0, rows, 3)))}
    return Step(
        operator=scope.operator.kind, kernel=f"{name}_run", sources=(name,), params=params,
        inputs=(source,), output=scope.output.index, macs=rows * weights.size, weights=weights.size, overlaps=overlaps,
    )  # fmt: skip


def _quads_step(scope: Scope, core: Struct, rows: int, inputs: int, weights: int) -> Step:
    channels, taps = core.fields["channels"], core.fields["taps"]
    if not (isinstance(channels, int) and isinstance(taps, int)):
        raise TypeError("ns_filters_s8")
    source = scope.input(0).index
    several = rows > 1
    overlaps = {}
    if several:  # two rows are read, then written
        overlaps[source] = Overlap(behind=max(0, (rows - 1) // 2 * 2 * (channels - inputs)))
    name = "ns_dense_rows_s8" if several else "ns_dense_s8"
    return Step(
        operator=scope.operator.kind, kernel=f"{name}_run", sources=(name,),
        params=Struct("ns_dense_s8", {"filters": core, "rows": rows, "inputs": inputs}),
        inputs=(source,), output=scope.output.index, scratch_bytes=4 * taps if several else 0,
        macs=rows * inputs * channels, weights=weights, overlaps=overlaps,
    )  # fmt: skip
