"""FULLY_CONNECTED, and the dense kernel for 1x1 convolutions."""

import numpy as np

from nanosmith.tools.compiler.graph import Tensor
from nanosmith.tools.compiler.lower.channels import channel_factors, filters, read_channels, weights_of
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
    prepared = read_channels(scope, weights, _factors(scope, tensor))
    return [pointwise_step(scope, filters(prepared, weights), rows, inputs, weights.size)]


def pointwise_step(scope: Scope, core: Struct, rows: int, inputs: int, weights: int) -> Step:
    """One call of the dense kernel: `rows` rows of `inputs` elements."""
    channels, taps = core.fields["channels"], core.fields["taps"]
    if not (isinstance(channels, int) and isinstance(taps, int)):
        raise TypeError("ns_filters_s8")
    overlap = Overlap(either_side=True)
    if rows > 2:  # two rows are read, then written
        overlap = Overlap(behind=max(0, (rows - 1) // 2 * 2 * (channels - inputs)))
    source = scope.input(0).index
    return Step(
        operator=scope.operator.kind, kernel="ns_dense_s8_run", sources=("ns_dense_s8",),
        params=Struct("ns_dense_s8", {"filters": core, "rows": rows, "inputs": inputs}),
        inputs=(source,), output=scope.output.index, scratch_bytes=2 * taps * min(rows, 2),
        macs=rows * inputs * channels, weights=weights, overlaps={source: overlap},
    )  # fmt: skip


def _factors(scope: Scope, weights: Tensor) -> list[float]:
    if len(weights.scales) > 1:
        return channel_factors(scope, weights)
    # GetQuantizedConvolutionMultipler multiplies the two scales in float32
    product = np.float32(scope.activation(0).scale) * np.float32(weights.scale)
    return [float(product) / scope.int8(scope.output).scale]
