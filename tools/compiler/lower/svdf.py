"""SVDF with int8 inputs; the kept activations are int8 or int16 (tensorflow/lite/micro/kernels/svdf_common.cc)."""

import numpy as np
from numpy.typing import NDArray

from nanosmith.tools.compiler.graph import Tensor
from nanosmith.tools.compiler.lower.scope import MAX_DIMENSION, Scope
from nanosmith.tools.compiler.quantization import ratio
from nanosmith.tools.compiler.step import Constant, Step, Struct

_STATE = 4
_RELU = 1


def lower_svdf(scope: Scope) -> list[Step]:
    """One frame in, one answer out; the state goes on from run to run."""
    source, output, state = scope.activation(0), scope.int8(scope.output), scope.input(_STATE)
    feature, time = _weights(scope, 1, "INT8"), _weights(scope, 2, state.dtype)
    filters, inputs = feature.shape
    memory, rank = time.shape[1], scope.option("Rank")
    if time.shape[0] != filters or source.elements != inputs or rank < 1 or filters % rank:
        raise scope.refuse(f"weights {list(feature.shape)} and {list(time.shape)} of rank {rank} don't fit")
    if output.elements != filters // rank or not all(1 <= n <= MAX_DIMENSION for n in (filters, inputs, memory, rank)):
        raise scope.refuse(f"{filters:,} filters of rank {rank} make an output of {list(output.shape)}")
    _check_state(scope, state, filters * memory)
    if scope.option("FusedActivationFunction") != _RELU:
        raise scope.refuse("the reference takes SVDF with RELU only")
    bias = scope.constant(3, "INT32").reshape(-1) if scope.has_input(3) else np.zeros(filters // rank, dtype=np.int64)
    if bias.size != filters // rank:
        raise scope.refuse(f"the bias has {bias.size} elements for {filters // rank} units")
    folded = bias - state.zero_point * time.reshape(filters // rank, -1).sum(axis=1)
    shown = -source.zero_point * feature.sum(axis=1)
    span = 2 ** (15 if state.dtype == "INT16" else 7)
    worst = max(
        int((np.abs(folded) + span * np.abs(time).reshape(filters // rank, -1).sum(axis=1)).max()),
        int((np.abs(shown) + 128 * np.abs(feature).sum(axis=1)).max()),
    )
    if worst >= 2**31:
        raise scope.refuse("an accumulator could pass 32 bits")
    first = ratio(state, source.scale * scope.input(1).scale / state.scale)
    second = ratio(output, state.scale * scope.input(2).scale / output.scale)
    wide = state.dtype == "INT16"
    return [Step(
        operator=scope.operator.kind, kernel="ns_svdf_s16_run" if wide else "ns_svdf_s8_run", sources=("ns_svdf_s8",),
        params=Struct("ns_svdf_s8", {
            "feature_weights": Constant("features", "int8_t", feature.astype(np.int8), f"[{filters}][{inputs}]"),
            "feature_bias": Constant("feature_bias", "int32_t", shown.astype(np.int32), f"[{filters}]"),
            "time_weights": _time_weights(time, wide=wide),
            "bias": Constant("bias", "int32_t", folded.astype(np.int32), f"[{filters // rank}]"),
            "feature_multiplier": first.multiplier, "output_multiplier": second.multiplier,
            "inputs": inputs, "filters": filters, "memory": memory, "rank": rank,
            "feature_shift": first.shift, "output_shift": second.shift,
            "state_zero_point": state.zero_point, "output_zero_point": output.zero_point,
        }),
        inputs=(source.index,), output=output.index, states=(state.index,),
        macs=filters * (inputs + memory), weights=filters * (inputs + memory),
    )]  # fmt: skip


def _weights(scope: Scope, number: int, dtype: str) -> NDArray[np.int64]:
    tensor = scope.input(number)
    if tensor.values is None or tensor.dtype != dtype or len(tensor.shape) != 2 or tensor.elements == 0:
        raise scope.refuse(f"the weights ({tensor.name}) are not a constant {dtype} matrix")
    if len(tensor.scales) != 1 or tensor.zero_point != 0:
        raise scope.refuse(f"the weights ({tensor.name}) need one scale and no zero point")
    return tensor.values.astype(np.int64)


def _check_state(scope: Scope, state: Tensor, elements: int) -> None:
    if not state.is_state or state.elements != elements:
        raise scope.refuse(f"the state ({state.name}) is not a variable of {elements:,} elements")
    limit = 127 if state.dtype == "INT8" else 0
    if state.dtype not in ("INT8", "INT16") or len(state.scales) != 1 or not -limit - 1 < state.zero_point <= limit:
        raise scope.refuse(f"the state ({state.name}) is {state.dtype}; int8 or symmetric int16 is compiled")


def _time_weights(time: NDArray[np.int64], *, wide: bool) -> Constant:
    layout = f"[{time.shape[0]}][{time.shape[1]}]"
    return Constant("times", "int16_t" if wide else "int8_t", time.astype(np.int16 if wide else np.int8), layout)
