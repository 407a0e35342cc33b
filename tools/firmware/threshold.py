"""Alarms at limits of the number, in last digits: the same on the host as in the firmware's `number.c`."""

from collections.abc import Sequence
from dataclasses import dataclass

from nanosmith.tools.firmware.number import digits_text
from nanosmith.tools.specs.device_spec import Target
from nanosmith.tools.specs.threshold import Threshold

_LARGEST = 2**31 - 1


@dataclass(frozen=True)
class FixedThreshold:
    """The alarm begins with the last of `answers` in a row beyond `enter`; it ends when a number is not beyond `leave`.

    Hysteresis: `leave` is `enter` less the margin where the alarm is above it, plus the margin where it is below.
    """

    is_below: bool
    enter: int
    """Last digits."""

    leave: int
    answers: int
    text: str
    """As the device tells it: `above 80.0 °C`."""

    @classmethod
    def of(cls, threshold: Threshold, target: Target) -> "FixedThreshold":
        """Rounded to the digits that the device tells; a margin is a digit at least where there is one."""
        digits = 10.0**target.decimals
        enter = _bounded(round(threshold.value * digits))
        margin = max(1 if threshold.margin > 0 else 0, round(threshold.margin * digits))
        is_below = threshold.side == "below"
        leave = _bounded(enter + margin if is_below else enter - margin)
        text = f"{threshold.side} {digits_text(enter, target.decimals)} {target.unit or ''}".strip()
        return cls(is_below, enter, leave, threshold.answers, text)

    def is_beyond(self, value: int) -> bool:
        """Whether a number is beyond the limit, whatever came before."""
        return value < self.enter if self.is_below else value > self.enter

    def changes(self, values: Sequence[int]) -> list[tuple[int, bool]]:
        """Answers at which the alarm goes on (True) or off, from the numbers of one sequence in last digits."""
        is_on, beyond = False, 0
        found: list[tuple[int, bool]] = []
        for answer, value in enumerate(values):
            if is_on:
                stays = value < self.leave if self.is_below else value > self.leave
                if not stays:
                    is_on, beyond = False, 0
                    found.append((answer, False))
                continue
            beyond = beyond + 1 if self.is_beyond(value) else 0
            if beyond >= self.answers:
                is_on = True
                found.append((answer, True))
        return found


def fixed_thresholds(target: Target, thresholds: Sequence[Threshold]) -> tuple[FixedThreshold, ...]:
    """All limits of a contract, in its order."""
    return tuple(FixedThreshold.of(threshold, target) for threshold in thresholds)


def _bounded(value: int) -> int:
    return max(-_LARGEST, min(_LARGEST, value))
