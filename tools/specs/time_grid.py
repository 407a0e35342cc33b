"""The grid that samples with irregular times are put on, as `ns_resample` (firmware_templates/features) takes it."""

from typing import Annotated

from pydantic import Field

from nanosmith.tools.specs.base import Bytes, Hertz, Record, Seconds

LONGEST_GAP_US = 2**31 - 2
"""A clock of 32 bits in microseconds tells nothing longer."""

_STATE_BYTES = 24
_LEAST_STEPS = 2
"""Of a gap that is worth filling."""

GapMicroseconds = Annotated[int, Field(gt=0, le=LONGEST_GAP_US)]


class TimeGrid(Record):
    """Members of `ns_resample` but the channels."""

    step_q16: Annotated[int, Field(ge=1)]
    """Microseconds * 2^16 from one grid point to the next."""

    longest_gap_us: GapMicroseconds
    """A longer hole is not filled: the grid starts anew behind it."""

    @classmethod
    def of(cls, rate_hz: Hertz, longest_gap_us: int) -> "TimeGrid":
        """The grid of a rate.

        Raises:
            ValueError: Rate or gap are out of range.

        """
        if not 1e-6 < rate_hz <= 1e6:
            raise ValueError(f"a rate of {rate_hz:g} Hz: from a millionth of a hertz to a million")
        if not 0 < longest_gap_us <= LONGEST_GAP_US:
            raise ValueError(f"a longest gap of {longest_gap_us} us: above 0 and up to {LONGEST_GAP_US}")
        return cls(step_q16=round(2**16 * 1e6 / rate_hz), longest_gap_us=longest_gap_us)

    @classmethod
    def filling(cls, gap_s: Seconds, rate_hz: Hertz) -> "TimeGrid | None":
        """The grid of a rate that holes of up to `gap_s` are filled in, as far as the clock tells their length.

        None where it tells not even two steps: at less than a sample in 18 minutes.
        """
        gap_us = min(round(gap_s * 1e6), LONGEST_GAP_US)
        return None if gap_us * rate_hz < _LEAST_STEPS * 1e6 or rate_hz > 1e6 else cls.of(rate_hz, gap_us)


def resampler_bytes(channels: int) -> Bytes:
    """RAM of `ns_resample` on the device: its state and two samples."""
    return _STATE_BYTES + 8 * channels
