"""What a bootstrap's draws say of a value."""

import numpy as np
from numpy.typing import NDArray

from nanosmith.tools.specs.trial import Interval

_LEVEL = 0.95


def interval_of(drawn: NDArray[np.floating]) -> Interval:
    """The central 95 % of a statistic's draws [n], n > 0 (the percentile method, Efron 1979)."""
    tail = (1 - _LEVEL) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail])
    return Interval(low=float(low), high=float(high), level=_LEVEL)
