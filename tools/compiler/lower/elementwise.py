"""Element-wise operators: arithmetic on two inputs with broadcasting, tables for one input, softmax."""

import numpy as np
from numpy.typing import NDArray

from nanosmith.tools.compiler.fixed_point import exp_on_negative_values, input_radius, multiply_high, wrap32
from nanosmith.tools.compiler.graph import Tensor
from nanosmith.tools.compiler.lookup import lookup_table
from nanosmith.tools.compiler.lower.add_dsp import add_dsp_step
from nanosmith.tools.compiler.lower.scope import MAX_DIMENSION, Scope
from nanosmith.tools.compiler.lower.strides import broadcast_strides, merge
from nanosmith.tools.compiler.quantization import activation_limits, add_factors, ratio, same_quantization
from nanosmith.tools.compiler.step import Constant, Overlap, Step, Struct


def lower_add(scope: Scope) -> list[Step]:
    """ADD and SUB; tflite-micro's wheels prepare both in double precision (older sources: SUB in float32)."""
    a, b, output = scope.activation(0), scope.activation(1), scope.int8(scope.output)
    factors = add_factors(a, b, output)
    if not 0.0 < factors[2] < 1.0:
        raise scope.refuse("the output's scale is finer than the reference takes")
    scale_a, scale_b, scale_out = (ratio(output, f) for f in factors)
    low, high = activation_limits(scope.option("FusedActivationFunction"), output)
    if scope.profile == "dsp" and scope.operator.kind == "ADD":
        step = add_dsp_step(scope, scale_a, scale_b, scale_out)
        if step is not None:
            return [step]
    is_sub = scope.operator.kind == "SUB"
    fields = {
        "a_multiplier": scale_a.multiplier, "b_multiplier": scale_b.multiplier,
        "output_multiplier": scale_out.multiplier,
        "a_shift": scale_a.shift, "b_shift": scale_b.shift, "output_shift": scale_out.shift,
        "a_zero_point": a.zero_point, "b_zero_point": b.zero_point, "output_zero_point": output.zero_point,
        "activation_min": low, "activation_max": high,
    }  # fmt: skip
    _broadcast(scope, a, b, output)  # refuses shapes that don't fit
    if scope.profile == "mve" and a.elements == b.elements == output.elements:
        params = Struct("ns_add_mve_s8", {"count": output.elements, "b_sign": -1 if is_sub else 1, **fields})
        return [_step(scope, "ns_add_mve_s8_run", params)]
    return [_binary(scope, "ns_sub_s8_run" if is_sub else "ns_add_s8_run", "ns_add_s8", fields)]


def lower_mul(scope: Scope) -> list[Step]:
    """MUL."""
    a, b, output = scope.activation(0), scope.activation(1), scope.int8(scope.output)
    scale = ratio(output, a.scale * b.scale / output.scale)
    low, high = activation_limits(scope.option("FusedActivationFunction"), output)
    return [_binary(scope, "ns_mul_s8_run", "ns_mul_s8", {
        "multiplier": scale.multiplier, "shift": scale.shift,
        "a_zero_point": a.zero_point, "b_zero_point": b.zero_point, "output_zero_point": output.zero_point,
        "activation_min": low, "activation_max": high,
    })]  # fmt: skip


def lower_extremum(scope: Scope) -> list[Step]:
    """MAXIMUM and MINIMUM, which the reference computes on the raw bytes."""
    a, b, output = scope.activation(0), scope.activation(1), scope.int8(scope.output)
    if not (same_quantization(a, output) and same_quantization(b, output)):
        raise scope.refuse("inputs and output have different scales")
    kernel = "ns_maximum_s8_run" if scope.operator.kind == "MAXIMUM" else "ns_minimum_s8_run"
    return [_binary(scope, kernel, "ns_extremum_s8", {})]


def lower_squared_difference(scope: Scope) -> list[Step]:
    """SQUARED_DIFFERENCE (tensorflow/lite/micro/kernels/squared_difference.cc)."""
    a, b, output = scope.activation(0), scope.activation(1), scope.int8(scope.output)
    larger = 2.0 * max(a.scale, b.scale)
    scale_a, scale_b = ratio(output, a.scale / larger), ratio(output, b.scale / larger)
    scale_out = ratio(output, larger * larger / ((1 << 14) * output.scale))
    return [_binary(scope, "ns_squared_difference_s8_run", "ns_squared_difference_s8", {
        "a_multiplier": scale_a.multiplier, "b_multiplier": scale_b.multiplier,
        "output_multiplier": scale_out.multiplier,
        "a_shift": scale_a.shift, "b_shift": scale_b.shift, "output_shift": scale_out.shift,
        "a_zero_point": a.zero_point, "b_zero_point": b.zero_point, "output_zero_point": output.zero_point,
    })]  # fmt: skip


def lower_prelu(scope: Scope) -> list[Step]:
    """PRELU with constant slopes that broadcast to the input."""
    source, slopes, output = scope.activation(0), scope.activation(1), scope.int8(scope.output)
    if slopes.values is None or source.shape != output.shape:
        raise scope.refuse("computed slopes, or another output shape")
    positive = ratio(output, source.scale / output.scale)
    negative = ratio(output, source.scale * slopes.scale / output.scale)
    return [_binary(scope, "ns_prelu_s8_run", "ns_prelu_s8", {
        "positive_multiplier": positive.multiplier, "negative_multiplier": negative.multiplier,
        "positive_shift": positive.shift, "negative_shift": negative.shift, "input_zero_point": source.zero_point,
        "slope_zero_point": slopes.zero_point, "output_zero_point": output.zero_point,
    })]  # fmt: skip


def _binary(scope: Scope, kernel: str, ctype: str, fields: dict[str, int]) -> Step:
    a, b, output = scope.input(0), scope.input(1), scope.output
    count, strides = _broadcast(scope, a, b, output)
    shape = Struct("ns_broadcast", {"count": count, "stride_a": strides[0], "stride_b": strides[1]})
    return _step(scope, kernel, Struct(ctype, {"shape": shape, **fields}))


def _step(scope: Scope, kernel: str, params: Struct) -> Step:
    a, b, output = scope.input(0), scope.input(1), scope.output
    aligned = {t.index: Overlap() for t in (a, b) if t.elements == output.elements and t.values is None}
    return Step(
        operator=scope.operator.kind, kernel=kernel, sources=(params.ctype,), params=params,
        inputs=(a.index, b.index), output=output.index, overlaps=aligned,
    )  # fmt: skip


def _broadcast(
    scope: Scope, a: Tensor, b: Tensor, output: Tensor
) -> tuple[tuple[int, ...], tuple[tuple[int, ...], ...]]:
    strides = [broadcast_strides(t.shape, output.shape) for t in (a, b)]
    if strides[0] is None or strides[1] is None:
        raise scope.refuse(f"shapes {list(a.shape)} and {list(b.shape)} don't broadcast to {list(output.shape)}")
    merged = merge(output.shape, (strides[0], strides[1]))
    if merged is None:
        raise scope.refuse("broadcasting over more than four dimensions")
    return merged


def lower_lookup(scope: Scope) -> list[Step]:
    """Any function of one int8, as a table."""
    source, output = scope.activation(0), scope.int8(scope.output)
    if source.elements != output.elements:
        raise scope.refuse("input and output have different shapes")
    try:
        answers = lookup_table(scope.operator, source, output)
    except ValueError as fault:
        raise scope.refuse(str(fault)) from None
    return [_lookup(scope, source, output, answers)]


def lower_fused(scope: Scope) -> list[Step]:
    """Several element-wise operators on one tensor, which a rewrite made a table of."""
    source, output = scope.activation(0), scope.int8(scope.output)
    answers = scope.operator.options["Answers"]
    if not isinstance(answers, tuple):
        raise TypeError("Answers")
    return [_lookup(scope, source, output, np.array(answers, dtype=np.int8))]


def _lookup(scope: Scope, source: Tensor, output: Tensor, answers: NDArray[np.int8]) -> Step:
    return Step(
        operator=scope.operator.kind, kernel="ns_lookup_s8_run", sources=("ns_lookup_s8",),
        params=Struct("ns_lookup_s8", {
            "answers": Constant("answers", "int8_t", answers, "[256], for -128 ... 127"), "count": source.elements,
        }),
        inputs=(source.index,), output=output.index, overlaps={source.index: Overlap()},
    )  # fmt: skip


def lower_softmax(scope: Scope) -> list[Step]:
    """SOFTMAX over the last dimension."""
    source, output = scope.activation(0), scope.int8(scope.output)
    if output.scale != 1.0 / 256.0 or output.zero_point != -128 or source.shape != output.shape or not source.shape:
        raise scope.refuse("the output must have the input's shape, scale 1/256 and zero point -128")
    depth = source.shape[-1]
    if depth > MAX_DIMENSION:
        raise scope.refuse(f"{depth:,} classes")
    beta = scope.operator.options["Beta"]
    if not isinstance(beta, float) or not 0.0 < beta < float("inf"):
        raise scope.refuse(f"beta is {beta}")
    table = _exponentials(scope, beta * source.scale, output)
    return [Step(
        operator=scope.operator.kind, kernel="ns_softmax_s8_run", sources=("ns_softmax_s8",),
        params=Struct("ns_softmax_s8", {
            "exponentials": Constant("exponentials", "int32_t", table, f"[{len(table)}], Q0.31, of 0, -1, ... steps"),
            "length": len(table), "depth": depth, "rows": source.elements // depth,
        }),
        inputs=(source.index,), output=output.index, overlaps={source.index: Overlap()},
    )]  # fmt: skip


def _exponentials(scope: Scope, step: float, output: Tensor) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    """exp(-d × step) for the differences d that the reference counts (PreprocessSoftmaxScaling, Q5.26)."""
    factor = min(step * float(1 << 26), float(2**31 - 1))
    if factor <= 1.0:
        raise scope.refuse("the input's scale is finer than the reference takes")
    scale = ratio(output, factor) if factor < 2**30 else ratio(output, min(factor, 2.0**30 - 1))
    longest = min(255, input_radius(5, scale.shift))
    values = [
        exp_on_negative_values(multiply_high(wrap32(-d << scale.shift), scale.multiplier), 5)
        for d in range(longest + 1)
    ]
    return np.array(values, dtype=np.int32)
