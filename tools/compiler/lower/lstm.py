"""UNIDIRECTIONAL_SEQUENCE_LSTM with int8 inputs and an int16 cell.

Source: tensorflow/lite/micro/kernels/{lstm_eval.h, lstm_eval_common.cc} (CreateGateParams,
PrepareGateParametersInteger, CreateLstmCellStateInfo) and reference/integer_ops/{logistic,tanh}.h, Apache-2.0.
"""

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from nanosmith.tools.compiler.fixed_point import FixedPointScale
from nanosmith.tools.compiler.graph import Tensor
from nanosmith.tools.compiler.lower.scope import MAX_DIMENSION, Scope
from nanosmith.tools.compiler.quantization import ratio, same_quantization
from nanosmith.tools.compiler.step import Constant, Step, Struct

_GATES = {"input": (1, 5, 12), "forget": (2, 6, 13), "cell": (3, 7, 14), "output": (4, 8, 15)}
"""Which operands hold a gate's input weights, recurrent weights and bias."""

_ABSENT = {9: "peepholes", 10: "peepholes", 11: "peepholes", 16: "a projection", 17: "a projection",
           **dict.fromkeys(range(20, 24), "layer normalization")}  # fmt: skip
_STATE, _CELL = 18, 19
_TANH = 4
_GATE_SCALE = 2.0**-12
_UNIT_SCALE = 2.0**-15
_ONE_HIGHER = frozenset({
    4, 8, 12, 14, 15, 16, 17, 19, 20, 21, 22, 25, 27, 28, 29, 30, 31, 33, 34, 35, 37, 39, 40, 41, 43, 44, 45, 46, 49,
    50, 54, 62, 63, 64, 66, 82, 86, 93, 100, 103, 112, 116, 135, 255,
})  # fmt: skip
"""Where the reference's table is one above the rounded function."""


def lower_lstm(scope: Scope) -> list[Step]:
    """A whole sequence in one call; the state goes on from run to run."""
    source, output = scope.activation(0), scope.int8(scope.output)
    steps, inputs, units = _shape(scope, source, output)
    state, cell = _states(scope, units, output)
    rows, taps = -(-units // 4) * 4, -(-inputs // 4) * 4
    gates: dict[str, int | Constant | Struct | tuple[int, ...]] = {}
    for name, (fed, recurrent, bias) in _GATES.items():
        biases = scope.constant(bias, "INT32").reshape(-1)
        if biases.size != units:
            raise scope.refuse(f"the bias of the {name} gate has {biases.size} elements for {units} units")
        none = np.zeros(units, dtype=np.int64)
        gates[f"{name}_gate"] = Struct("ns_lstm_gate", {
            "fed": _dense(scope, f"{name}_fed", fed, source, biases, (units, inputs), (rows, taps)),
            "kept": _dense(scope, f"{name}_kept", recurrent, state, none, (units, units), (rows, rows)),
        })  # fmt: skip
    out = ratio(output, _UNIT_SCALE * _UNIT_SCALE / state.scale)
    if out.shift >= 0:
        raise scope.refuse(f"the output's scale {state.scale:g} is finer than its gates")
    return [Step(
        operator=scope.operator.kind, kernel="ns_lstm_s8_run", sources=("ns_lstm_s8",),
        params=Struct("ns_lstm_s8", {
            **gates, "sigmoid": Constant("sigmoid", "uint16_t", sigmoid_table(), "[256], of i / 24 in Q0.16"),
            "output_multiplier": out.multiplier, "cell_limit": _cell_limit(scope, cell), "steps": steps,
            "inputs": inputs, "units": units, "rows": rows, "input_taps": taps,
            "blocked": int(scope.profile != "mve"), "output_shift": out.shift,
            "output_zero_point": state.zero_point, **_powers(scope, cell),
        }),
        inputs=(source.index,), output=output.index, states=(state.index, cell.index),
        scratch_bytes=6 * rows + 3 * (taps + rows), macs=4 * steps * units * (inputs + units),
        weights=4 * units * (inputs + units),
    )]  # fmt: skip


def sigmoid_table() -> NDArray[np.uint16]:
    """[256] sigmoid(i / 24) in Q0.16, as the reference has it."""
    exact = np.floor(65536.0 / (1.0 + np.exp(-np.arange(256) / 24.0)) + 0.5)
    return (exact + np.isin(np.arange(256), sorted(_ONE_HIGHER))).astype(np.uint16)


def _shape(scope: Scope, source: Tensor, output: Tensor) -> tuple[int, int, int]:
    for number, what in _ABSENT.items():
        if scope.has_input(number):
            raise scope.refuse(f"{what}, which TensorFlow Lite Micro lacks as well")
    if len(source.shape) != 3 or len(output.shape) != 3 or source.shape[:2] != output.shape[:2]:
        raise scope.refuse(f"sequences of shape {list(source.shape)} and {list(output.shape)}")
    major = scope.option("TimeMajor") != 0
    if source.shape[1 if major else 0] != 1:
        raise scope.refuse(f"a batch of {source.shape[1 if major else 0]} sequences")
    if scope.option("FusedActivationFunction") != _TANH:
        raise scope.refuse("another activation than tanh")
    steps, inputs, units = source.shape[0 if major else 1], source.shape[2], output.shape[2]
    if not all(1 <= n < MAX_DIMENSION for n in (steps, inputs, units)):
        raise scope.refuse(f"{steps:,} steps of {inputs:,} inputs and {units:,} units")
    return steps, inputs, units


def _states(scope: Scope, units: int, output: Tensor) -> tuple[Tensor, Tensor]:
    state, cell = scope.int8(scope.input(_STATE)), scope.input(_CELL)
    if not (state.is_state and cell.is_state) or state.elements != units or cell.elements != units:
        raise scope.refuse("output and cell state must be variables, one element a unit")
    if not same_quantization(state, output):
        raise scope.refuse("output and output state have different scales")
    if cell.dtype != "INT16" or len(cell.scales) != 1 or cell.zero_point != 0:
        raise scope.refuse(f"the cell ({cell.name}) is {cell.dtype}; int16 with one scale is compiled")
    return state, cell


def _dense(
    scope: Scope, role: str, number: int, source: Tensor, bias: NDArray[np.int64], shape: tuple[int, int],
    padded: tuple[int, int],
) -> Struct:  # fmt: skip
    """`ns_lstm_dense` of int8 weights of `shape`, filled up to `padded`."""
    tensor = scope.input(number)
    if tensor.values is None or tensor.dtype != "INT8" or tensor.shape != shape:
        raise scope.refuse(f"the weights ({tensor.name}) are not a constant of int8 {list(shape)}")
    if len(tensor.scales) != 1 or tensor.zero_point != 0:
        raise scope.refuse(f"the weights ({tensor.name}) need one scale and no zero point")
    weights = np.zeros(padded, dtype=np.int8)
    weights[: shape[0], : shape[1]] = tensor.values.astype(np.int8)
    wide = weights.astype(np.int64)
    folded = np.zeros(padded[0], dtype=np.int64)
    folded[: shape[0]] = bias
    folded -= source.zero_point * wide.sum(axis=1)
    worst = int((np.abs(folded) + 128 * np.abs(wide).sum(axis=1)).max())
    if worst >= 2**31:
        raise scope.refuse("an accumulator could pass 32 bits")
    scale = ratio(tensor, source.scale * tensor.scale / _GATE_SCALE)
    layout = f"[{padded[0]}][{padded[1]}]"
    if scope.profile != "mve":
        weights = np.ascontiguousarray(weights.reshape(padded[0] // 4, 4, -1, 4).transpose(0, 2, 1, 3))
        layout = f"[{padded[0] // 4}][{padded[1] // 4}][4 rows][4 taps]"
    return Struct("ns_lstm_dense", {
        "weights": Constant(f"{role}_weights", "int8_t", weights, layout),
        "bias": Constant(f"{role}_bias", "int32_t", folded.astype(np.int32), f"[{padded[0]}], zero point folded in"),
        "multiplier": scale.multiplier, "shift": scale.shift, "narrow": int(worst < 2**30 and scale.shift < 0),
    })  # fmt: skip


def _cell_limit(scope: Scope, cell: Tensor) -> int:
    clip = scope.operator.options["CellClip"]
    if not isinstance(clip, float) or not math.isfinite(clip):
        raise scope.refuse(f"the cell is clipped at {clip}")
    return int(min(clip / cell.scale, 32767.0)) if clip > 0.0 else 0


def _powers(scope: Scope, cell: Tensor) -> Mapping[str, int]:
    """Shifts that follow from the cell's scale, a power of two: 2**-power."""
    mantissa, exponent = math.frexp(cell.scale)
    power = 1 - exponent
    if mantissa != 0.5 or not 9 <= power <= 15:
        raise scope.refuse(f"the cell's scale {cell.scale:g} is not a power of two from 2**-15 to 2**-9")
    update: FixedPointScale = ratio(cell, _UNIT_SCALE * _UNIT_SCALE / cell.scale)
    left = 12 - power
    return {
        "update_shift": -update.shift,
        "tanh_factor": 3 << max(left, 0), "tanh_shift": max(-left, 0),
    }  # fmt: skip
