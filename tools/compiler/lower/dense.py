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
from nanosmith.tools.compiler.lower.packed import fits_packing, packed_filters, packed_row_layer, settle_channels
from nanosmith.tools.compiler.lower.scope import MAX_DIMENSION, Scope
from nanosmith.tools.compiler.step import Constant, Overlap, Step, Struct

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


def pointwise_step(scope: Scope, prepared: Channels, weights: NDArray[np.int8], rows: int) -> Step:
    """One call of the dense kernel on `rows` rows; `weights` is [channels, inputs]."""
    channels, inputs = weights.shape
    if scope.profile == "mve":
        return _mve_step(scope, prepared, weights, rows)
    prepared, weights = settle_channels(prepared, weights)
    if scope.profile == "dsp" and fits_packing(prepared, weights):
        if rows > 1:
            core = packed_filters(prepared, weights)
            return _rows_step(scope, "ns_rows_dsp_s8", core, (rows, inputs, channels), 3)
        return _row_step(scope, "ns_dense_dsp_s8", packed_row_layer(prepared, weights), weights.size)
    if scope.profile == "scalar" and rows == 1 and prepared.narrow:
        return _row_step(scope, "ns_dense_scalar_s8", _scalar_row_layer(prepared, weights), weights.size)
    core = filters(prepared, weights)
    if rows > 1:
        return _rows_step(scope, "ns_dense_rows_s8", core, (rows, inputs, channels), 2)
    layer = Struct("ns_dense_s8", {"filters": core, "rows": rows, "inputs": inputs})
    return _row_step(scope, "ns_dense_s8", layer, weights.size)


def _mve_step(scope: Scope, prepared: Channels, weights: NDArray[np.int8], rows: int) -> Step:
    """The kernels for Cortex-M55."""
    outputs, inputs = weights.shape
    source = scope.input(0).index
    core = plain_filters(prepared, weights, shared=rows == 1)
    if rows == 1:
        return _row_step(scope, "ns_dense_mve_s8", Struct("ns_dense_mve_s8", {"filters": core}), weights.size)
    name = "ns_dense_rows_mve_s8"  # three rows are read again after their first channels were written
    behind = max(min(r + 3, rows) * outputs - r * inputs for r in range(0, rows, 3))
    return Step(
        operator=scope.operator.kind, kernel=f"{name}_run", sources=(name,),
        params=Struct(name, {"filters": core, "rows": rows}), inputs=(source,), output=scope.output.index,
        macs=rows * weights.size, weights=weights.size, overlaps={source: Overlap(behind=behind)},
    )  # fmt: skip


def _scalar_row_layer(prepared: Channels, weights: NDArray[np.int8]) -> Struct:
    """`ns_dense_scalar_s8` of a layer that is `narrow`: four channels side by side, 128 added to the weights."""
    channels, inputs = weights.shape
    more = -channels % 4
    raised = np.pad(weights.astype(np.int16) + 128, ((0, more), (0, 0))).astype(np.uint8)
    fours = np.ascontiguousarray(raised.reshape(-1, 4, inputs).transpose(0, 2, 1))
    return Struct("ns_dense_scalar_s8", {
        "weights": Constant("weights", "uint8_t", fours, f"[{len(fours)}][{inputs}][4], 128 added"),
        **prepared.fields(),
        "bias": Constant("bias", "int32_t", np.pad(prepared.bias, (0, more)), f"[{channels + more}]"),
        "channels": channels, "inputs": inputs,
        **{k: v for k, v in prepared.finish().items() if k != "narrow"},
    })  # fmt: skip


def _row_step(scope: Scope, name: str, layer: Struct, size: int) -> Step:
    """A kernel for one row; `size` weights."""
    return Step(
        operator=scope.operator.kind, kernel=f"{name}_run", sources=(name,), params=layer,
        inputs=(scope.input(0).index,), output=scope.output.index, macs=size, weights=size,
    )  # fmt: skip


def _rows_step(scope: Scope, name: str, core: Struct, shape: tuple[int, int, int], block: int) -> Step:
    """A kernel that reads `block` rows, then writes theirs; `shape` is rows, inputs, channels."""
    rows, inputs, channels = shape
    source = scope.input(0).index
    ctype = "ns_dense_s8" if name == "ns_dense_rows_s8" else name
    behind = max(0, (rows - 1) // block * block * (channels - inputs))
    return Step(
        operator=scope.operator.kind, kernel=f"{name}_run", sources=(name,),
        params=Struct(ctype, {"filters": core, "rows": rows, "inputs": inputs}),
        inputs=(source,), output=scope.output.index, scratch_bytes=2 * block * (-(-inputs // 4) * 4),
        macs=rows * inputs * channels, weights=inputs * channels, overlaps={source: Overlap(behind=behind)},
    )  # fmt: skip
