"""The reference kernels' integer arithmetic, in Python integers: multipliers, roundings, exp, logistic, tanh.

Sources: TensorFlow Lite Micro, tensorflow/lite/kernels/internal/quantization_util.cc (QuantizeMultiplier,
CalculateInputRadius, PreprocessSoftmaxScaling) and gemmlowp's fixedpoint/fixedpoint.h, both Apache-2.0. Roundings are
the double-rounding build's: what runs on devices.
"""

import math
from dataclasses import dataclass

INT32_MAX = 2**31 - 1
INT32_MIN = -(2**31)


@dataclass(frozen=True)
class FixedPointScale:
    """A real factor as an integer multiplier and a power of two: factor ≈ multiplier × 2**(shift − 31)."""

    multiplier: int
    """In [2**30, 2**31), or 0; negative for a negative factor."""

    shift: int
    """In [-31, 30]; positive shifts left."""


def quantize_multiplier(factor: float) -> FixedPointScale:
    """Express a requantization factor in fixed point.

    Args:
        factor: Dimensionless, such as `input_scale * weight_scale / output_scale`.

    Raises:
        ValueError: `factor` is not finite, or 2**31 or more.

    """
    if not math.isfinite(factor):
        raise ValueError(f"a requantization factor is {factor}")
    if factor == 0.0:
        return FixedPointScale(0, 0)
    mantissa, shift = math.frexp(factor)
    multiplier = round_half_away(mantissa * 2.0**31)
    if abs(multiplier) == 2**31:
        multiplier, shift = multiplier // 2, shift + 1
    if shift < -31:
        return FixedPointScale(0, 0)
    if shift > 30:
        raise ValueError(f"a requantization factor is {factor:g}; scales of neighboring tensors differ absurdly")
    return FixedPointScale(multiplier, shift)


def round_half_away(value: float) -> int:
    """C's round(): halves go away from zero."""
    return math.floor(abs(value) + 0.5) * (1 if value >= 0 else -1)


def wrap32(value: int) -> int:
    """Two's complement in 32 bits."""
    return (value + 2**31) % 2**32 - 2**31


def multiply_high(a: int, b: int) -> int:
    """Gemmlowp SaturatingRoundingDoublingHighMul on int32."""
    if a == INT32_MIN and b == INT32_MIN:
        return INT32_MAX
    return (a * b + 2**30) >> 31


def rounding_shift(value: int, exponent: int) -> int:
    """Gemmlowp RoundingDivideByPOT: value / 2**exponent, halves away from zero."""
    mask = (1 << exponent) - 1
    threshold = (mask >> 1) + (value < 0)
    return (value >> exponent) + ((value & mask) > threshold)


def requantize(value: int, scale: FixedPointScale) -> int:
    """TFLite MultiplyByQuantizedMultiplier, double rounding."""
    left = max(scale.shift, 0)
    return rounding_shift(multiply_high(wrap32(value << left), scale.multiplier), left - scale.shift)


def input_radius(integer_bits: int, left_shift: int) -> int:
    """TFLite CalculateInputRadius with 31 signed bits: larger inputs saturate the function that follows."""
    return math.floor(((1 << integer_bits) - 1) * 2.0 ** (31 - integer_bits) / 2.0**left_shift)


def _saturating_left(value: int, exponent: int) -> int:
    return max(INT32_MIN, min(INT32_MAX, value << exponent))


_EXP_BARREL = ((-2, 1672461947), (-1, 1302514674), (0, 790015084), (1, 290630308), (2, 39332535), (3, 720401), (4, 242))


def _exp_between_negative_quarter_and_zero(a: int) -> int:
    """Gemmlowp exp_on_interval_between_negative_one_quarter_and_0_excl, Q0.31."""
    x = a + (1 << 28)
    x2 = multiply_high(x, x)
    x3, x4 = multiply_high(x2, x), multiply_high(x2, x2)
    inner = multiply_high(rounding_shift(x4, 2) + x3, 715827883) + x2
    return 1895147668 + multiply_high(1895147668, x + rounding_shift(inner, 1))


def exp_on_negative_values(a: int, integer_bits: int) -> int:
    """Gemmlowp exp_on_negative_values: `a` ≤ 0 in Q`integer_bits`, result in Q0.31."""
    if a == 0:
        return INT32_MAX
    fractional_bits = 31 - integer_bits
    quarter = 1 << (fractional_bits - 2)
    part = (a & (quarter - 1)) - quarter
    result = _exp_between_negative_quarter_and_zero(_saturating_left(part, integer_bits))
    remainder = part - a
    for exponent, multiplier in _EXP_BARREL:
        if integer_bits > exponent and remainder & (1 << (fractional_bits + exponent)):
            result = multiply_high(result, multiplier)
    if integer_bits > 5 and a < -(1 << (fractional_bits + 5)):
        return 0
    return result


def _newton_reciprocal(a: int) -> int:
    """2 / (1 + a) in Q2.29 for `a` in Q0.31 within [0, 1), by three Newton-Raphson steps."""
    total = a + INT32_MAX
    half_denominator = (total + 1) // 2  # gemmlowp RoundingHalfSum of two positive numbers
    x = 1515870810 + multiply_high(half_denominator, -1010580540)
    for _ in range(3):
        error = (1 << 29) - multiply_high(half_denominator, x)
        x += _saturating_left(multiply_high(x, error), 2)
    return x


def logistic(a: int) -> int:
    """Gemmlowp logistic: Q4.27 in, Q0.31 out."""
    if a == 0:
        return 1 << 30
    positive = _saturating_left(_newton_reciprocal(exp_on_negative_values(-abs(a), 4)), 1)
    return positive if a > 0 else INT32_MAX - positive


def tanh(a: int) -> int:
    """Gemmlowp tanh: Q4.27 in, Q0.31 out."""
    if a == 0:
        return 0
    magnitude = _saturating_left(_newton_reciprocal(exp_on_negative_values(-abs(a), 5)) - (1 << 29), 2)
    return magnitude if a > 0 else -magnitude


def inverse_square_root(value: int) -> FixedPointScale:
    """1 / sqrt(value) of a positive integer below 2**29, by Newton-Raphson steps (GetInvSqrtQuantizedMultiplierExp)."""
    if value <= 1:
        return FixedPointScale(INT32_MAX, 0)
    pairs = (31 - value.bit_length()) // 2 - 1
    shift = 11 - pairs
    source = (value << (2 * pairs)) >> 1  # Q3.28
    half, x = rounding_shift(source, 1), 1 << 28
    for _ in range(5):
        cube = _saturating_left(multiply_high(multiply_high(x, x), x), 6)
        x = _saturating_left(multiply_high(3 << 27, x) - multiply_high(half, cube), 3)
    multiplier = multiply_high(x, 1518500250)
    if shift < 0:
        multiplier, shift = multiplier << -shift, 0
    return FixedPointScale(multiplier, -shift)
