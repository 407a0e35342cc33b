"""The number that one output byte stands for, in integers: the same on the host as in the firmware's `number.c`."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nanosmith.tools.specs.device_spec import Target
from nanosmith.tools.specs.trial import NumberScale

_ONE = 1 << 16
_LARGEST = 2**31 - 1


@dataclass(frozen=True)
class FixedNumber:
    """number = (offset + gain * (byte - zero_point)) / 2^16 last digits, rounded half away from zero."""

    zero_point: int
    gain: int
    """Last digits a step of the byte, times 2^16."""

    offset: int
    """Last digits of the number at the zero point, times 2^16."""

    decimals: int
    """Digits behind the point: a last digit is 10^-decimals of the unit."""

    @classmethod
    def of(cls, target: Target, scale: NumberScale, output_scale: float, zero_point: int) -> "FixedNumber":
        """From what the training standardized by and the quantization of the model's output.

        Raises:
            ValueError: A number that the byte can stand for has more than 31 bits in last digits.

        """
        digits = 10.0**target.decimals * _ONE
        found = cls(
            zero_point=zero_point,
            gain=round(output_scale * scale.std * digits),
            offset=round(scale.mean * digits),
            decimals=target.decimals,
        )
        if max(abs(int(n)) for n in found.last_digits(np.array([-128, 127], dtype=np.int8))) > _LARGEST:
            raise ValueError(
                f"{target.name} reaches {scale.mean:g} and more, which with {target.decimals} digits behind the point "
                "does not fit 32 bits; give it in a larger unit"
            )
        return found

    def last_digits(self, outputs: NDArray[np.int8]) -> NDArray[np.int64]:
        """What the firmware tells for each byte, in last digits; of any shape."""
        exact = self.offset + self.gain * (outputs.astype(np.int64) - self.zero_point)
        return np.asarray(np.sign(exact) * ((np.abs(exact) + _ONE // 2) // _ONE))

    def numbers(self, outputs: NDArray[np.int8]) -> NDArray[np.float64]:
        """The same in the number's unit."""
        return np.asarray(self.last_digits(outputs) / 10.0**self.decimals)

    def text(self, last_digits: int) -> str:
        """As `app_line_value` writes it, without the unit: `-0.05`."""
        return digits_text(last_digits, self.decimals)


def digits_text(last_digits: int, decimals: int) -> str:
    """Last digits as a number with its point: 5 with two decimals is `0.05`."""
    digits = f"{abs(last_digits):0{decimals + 1}d}"
    point = len(digits) - decimals
    fraction = f".{digits[point:]}" if decimals else ""
    return f"{'-' if last_digits < 0 else ''}{digits[:point]}{fraction}"
