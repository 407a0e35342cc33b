"""CONV_2D and DEPTHWISE_CONV_2D."""

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
from nanosmith.tools.compiler.lower.dense import pointwise_step
from nanosmith.tools.compiler.lower.depthwise_dsp import depthwise_dsp_step
from nanosmith.tools.compiler.lower.depthwise_scalar import depthwise_scalar_step, fits_scalar
from nanosmith.tools.compiler.lower.helium import depthwise_step
from nanosmith.tools.compiler.lower.packed import fits_packing, packed_filters, settle_channels
from nanosmith.tools.compiler.lower.scope import MAX_DIMENSION, Scope
from nanosmith.tools.compiler.lower.window import Window, read_window
from nanosmith.tools.compiler.step import Constant, Overlap, Step, Struct


def lower_conv(scope: Scope) -> list[Step]:
    """A convolution, grouped where the filter has fewer input channels than the input."""
    tensor, weights = weights_of(scope)
    if weights.ndim != 4:
        raise scope.refuse(f"the weights have shape {list(weights.shape)}")
    return [_conv(scope, weights, channel_factors(scope, tensor))]


def lower_depthwise(scope: Scope) -> list[Step]:
    """A depthwise convolution; with one input channel it is a plain convolution."""
    tensor, weights = weights_of(scope)
    depth = scope.image(scope.activation(0))[2]
    multiplier = scope.option("DepthMultiplier")
    if weights.ndim != 4 or weights.shape[0] != 1 or multiplier < 1 or weights.shape[3] != depth * multiplier:
        raise scope.refuse(f"weights {list(weights.shape)} don't fit {depth} channels times {multiplier}")
    factors = channel_factors(scope, tensor)
    if depth == 1:
        return [_conv(scope, np.ascontiguousarray(weights.transpose(3, 1, 2, 0)), factors)]
    return [_depthwise(scope, weights[0], multiplier, factors)]


def explicit_pads(scope: Scope) -> tuple[int, int, int, int]:
    """Padding that a PAD operator in front left in the options."""
    pads = scope.operator.options.get("ExplicitPads", (0, 0, 0, 0))
    if not isinstance(pads, tuple) or len(pads) != 4:
        raise TypeError("ExplicitPads")
    return pads[0], pads[1], pads[2], pads[3]


def _conv(scope: Scope, weights: NDArray[np.int8], factors: list[float]) -> Step:
    """Weights [out, height, width, in of one group]."""
    source = scope.activation(0)
    depth = scope.image(source)[2]
    channels, height, width, group_depth = weights.shape
    if scope.image(scope.output)[2] != channels or depth % group_depth or channels % (depth // group_depth):
        raise scope.refuse(f"weights {list(weights.shape)} don't fit {depth} input channels")
    groups = depth // group_depth
    window = read_window(scope, (height, width), explicit_pads(scope))
    taps = height * width * group_depth
    if taps >= MAX_DIMENSION:
        raise scope.refuse(f"{taps:,} inputs an output")
    flat = weights.reshape(channels, taps)
    prepared = read_channels(scope, flat, factors)
    positions = window.y.outputs * window.x.outputs
    if scope.profile != "mve":
        prepared, flat = settle_channels(prepared, flat)
    if scope.profile == "dsp" and groups == 1 and fits_packing(prepared, flat) and not _is_pointwise(window):
        return _packed_conv(scope, window, prepared, flat)
    if _is_pointwise(window) and groups == 1:
        return pointwise_step(scope, prepared, flat, positions)
    core, name, at_once, scratch = filters(prepared, flat, groups), "ns_conv_s8", 2, 4 * (-(-taps // 4) * 4)
    if scope.profile == "mve":
        core, name, at_once, scratch = plain_filters(prepared, flat, groups), "ns_conv_mve_s8", 3, 3 * taps
    group_by_group = scope.profile == "mve" and groups > 1  # each reads the input anew
    overlap = _blockwise_overlap(window, depth, channels, at_once, groups)
    return Step(
        operator=scope.operator.kind, kernel=f"{name}_run", sources=(name,),
        params=Struct(name, {
            "filters": core,
            "input_height": window.y.size, "input_width": window.x.size, "input_channels": depth,
            "output_height": window.y.outputs, "output_width": window.x.outputs, "groups": groups,
            **_geometry(window), "input_zero_point": source.zero_point,
        }),
        inputs=(source.index,), output=scope.output.index, scratch_bytes=scratch,
        macs=positions * channels * taps, weights=weights.size,
        overlaps={} if group_by_group else {source.index: overlap},
    )  # fmt: skip


def _packed_conv(scope: Scope, window: Window, prepared: Channels, flat: NDArray[np.int8]) -> Step:
    """The kernel for cores with SMLAD: three positions at a time."""
    source = scope.activation(0)
    depth = scope.image(source)[2]
    channels, taps = flat.shape
    positions = window.y.outputs * window.x.outputs
    if _is_pointwise(window):
        return pointwise_step(scope, prepared, flat, positions)
    padded, row = -(-taps // 4) * 4, window.x.kernel * depth
    spare = padded if row % 4 else row * (not _lies_in_rows(window))
    return Step(
        operator=scope.operator.kind, kernel="ns_conv_dsp_s8_run", sources=("ns_conv_dsp_s8",),
        params=Struct("ns_conv_dsp_s8", {
            "filters": packed_filters(prepared, flat),
            "input_height": window.y.size, "input_width": window.x.size, "input_channels": depth,
            "output_height": window.y.outputs, "output_width": window.x.outputs,
            **_geometry(window), "input_zero_point": source.zero_point,
        }),
        inputs=(source.index,), output=scope.output.index, scratch_bytes=6 * padded + spare,
        macs=positions * channels * taps, weights=flat.size,
        overlaps={source.index: _blockwise_overlap(window, depth, channels, 3)},
    )  # fmt: skip


def _lies_in_rows(window: Window) -> bool:
    """Whether no window leaves the input, so that all rows of the kernel lie in it as they are."""
    inside = (a.pad == 0 and (a.outputs - 1) * a.stride + a.kernel <= a.size for a in (window.y, window.x))
    return all(inside) and window.y.dilation == window.x.dilation == 1


def _is_pointwise(window: Window) -> bool:
    return all(a.kernel == a.stride == 1 and a.pad == 0 and a.size == a.outputs for a in (window.y, window.x))


def _geometry(window: Window) -> dict[str, int]:
    y, x = window.y, window.x
    return {
        "pad_top": y.pad, "pad_left": x.pad, "kernel_height": y.kernel, "kernel_width": x.kernel,
        "stride_y": y.stride, "stride_x": x.stride, "dilation_y": y.dilation, "dilation_x": x.dilation,
    }  # fmt: skip


def _blockwise_overlap(window: Window, depth: int, channels: int, block: int, groups: int = 1) -> Overlap:
    """How far the output must start below the input when `block` positions are read, then written, at a time.

    With groups, a block of positions is read again after its first group was written.
    """
    reads = window.first_reads() * depth
    positions = len(reads)
    if positions <= block and groups == 1:
        return Overlap(either_side=True)
    lowest_from_here = np.minimum.accumulate(reads[::-1])[::-1]
    starts = np.arange(0, positions, block)
    written = np.minimum(starts + block, positions) * channels
    if groups == 1:
        written, starts = written[:-1], starts[1:]
    return Overlap(behind=max(0, int((written - lowest_from_here[starts]).max())))


def _depthwise(scope: Scope, weights: NDArray[np.int8], multiplier: int, factors: list[float]) -> Step:
    """Weights [height, width, channels]."""
    source = scope.activation(0)
    depth = scope.image(source)[2]
    height, width, channels = weights.shape
    if scope.image(scope.output)[2] != channels:
        raise scope.refuse(f"the output has not {channels} channels")
    window = read_window(scope, (height, width), explicit_pads(scope))
    flat = np.ascontiguousarray(weights.transpose(2, 0, 1)).reshape(channels, height * width)
    prepared = read_channels(scope, flat, factors)
    if scope.profile == "mve" and int(weights.min()) >= -127:  # two products fit 16 bits
        return depthwise_step(scope, weights, prepared, window, _geometry(window))
    if scope.profile == "dsp" and multiplier == 1:
        step = depthwise_dsp_step(scope, window, weights, prepared)
        if step is not None:
            return step
    prepared, flat = settle_channels(prepared, flat)
    plane = tuple((a.outputs - 1) * a.stride + (a.kernel - 1) * a.dilation + 1 for a in (window.y, window.x))
    if max(plane) > MAX_DIMENSION:
        raise scope.refuse(f"a padded plane of {plane[0]:,} x {plane[1]:,}")
    if scope.profile == "scalar" and prepared.narrow and fits_scalar(window, multiplier):
        return depthwise_scalar_step(scope, window, flat, prepared, plane)
    same_place = {source.index: Overlap(step=depth, either_side=True)} if multiplier == 1 else {}
    return Step(
        operator=scope.operator.kind, kernel="ns_depthwise_conv_s8_run", sources=("ns_depthwise_conv_s8",),
        params=Struct("ns_depthwise_conv_s8", {
            "weights": Constant("weights", "int8_t", flat, f"[{channels}][{height}][{width}]"),
            **prepared.fields(),
            "input_height": window.y.size, "input_width": window.x.size, "input_channels": depth,
            "output_height": window.y.outputs, "output_width": window.x.outputs, "depth_multiplier": multiplier,
            "plane_height": plane[0], "plane_width": plane[1], **_geometry(window),
            **prepared.finish(), "input_zero_point": source.zero_point,
        }),
        inputs=(source.index,), output=scope.output.index, scratch_bytes=_depthwise_scratch(window, plane),
        macs=window.y.outputs * window.x.outputs * channels * height * width, weights=weights.size,
        overlaps=same_place,
    )  # fmt: skip


def _depthwise_scratch(window: Window, plane: tuple[int, ...]) -> int:
    """Bytes for one row of sums, one channel's weights in pairs, and its padded plane with one element to spare."""
    weights = window.y.kernel * (-(-window.x.kernel // 2))
    return 4 * window.x.outputs + 4 * weights + 2 * (plane[0] * plane[1] + 1)
