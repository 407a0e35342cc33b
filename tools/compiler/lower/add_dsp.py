"""ADD of two tensors of one shape for the cores with SMMLAR (ns_add_dsp_s8.h)."""

from nanosmith.tools.compiler.fixed_point import FixedPointScale
from nanosmith.tools.compiler.lower.packed import MAX_SHIFT
from nanosmith.tools.compiler.lower.scope import Scope
from nanosmith.tools.compiler.quantization import activation_limits
from nanosmith.tools.compiler.step import Overlap, Step, Struct

_HALF = FixedPointScale(2**30, 0)
_MAX_SHIFT_B = 20


def add_dsp_step(scope: Scope, scale_a: FixedPointScale, scale_b: FixedPointScale, out: FixedPointScale) -> Step | None:
    """The call of the kernel, or nothing where the kernel does not cover the layer.

    Args:
        scope: The operator.
        scale_a: Factor of input 0; that of the input on the larger scale is 1/2.
        scale_b: Factor of input 1.
        out: Factor of the sum.

    """
    first, second, output = scope.activation(0), scope.activation(1), scope.int8(scope.output)
    if scale_a != _HALF:
        first, second, scale_b, scale_a = second, first, scale_a, scale_b
    if first.shape != output.shape or second.shape != output.shape or scale_a != _HALF:
        return None
    left, right = (22, 1) if scale_b == _HALF else (21, -scale_b.shift)
    if not (1 <= right <= _MAX_SHIFT_B and 1 <= -out.shift <= MAX_SHIFT):
        return None
    low, high = activation_limits(scope.option("FusedActivationFunction"), output)
    return Step(
        operator=scope.operator.kind, kernel="ns_add_dsp_s8_run", sources=("ns_add_dsp_s8",),
        params=Struct("ns_add_dsp_s8", {
            "count": output.elements, "b_multiplier": scale_b.multiplier, "output_multiplier": out.multiplier,
            "b_left": left, "b_shift": right, "output_shift": -1 - out.shift,
            "a_zero_point": first.zero_point, "b_zero_point": second.zero_point,
            "output_zero_point": output.zero_point, "activation_min": low, "activation_max": high,
        }),
        inputs=(first.index, second.index), output=output.index,
        overlaps={t.index: Overlap() for t in (first, second) if t.values is None},
    )  # fmt: skip
