"""Parameters of the raw front-end."""

import numpy as np

from nanosmith.tools.features.parameters import Field, StepParameters
from nanosmith.tools.specs.candidate import RawFrontEnd


def raw_memory_floats(front_end: RawFrontEnd, sample_shape: tuple[int, ...]) -> int:
    """One sum a channel, or nothing where every sample is a row."""
    return sample_shape[1] if front_end.decimate > 1 else 0


def raw_parameters(front_end: RawFrontEnd, sample_shape: tuple[int, ...]) -> StepParameters:
    """What `ns_raw` takes for windows [samples, channels]."""
    return StepParameters(
        kind="raw",
        fields=(
            Field("channels", sample_shape[1]),
            Field("decimate", front_end.decimate, "samples in a row"),
            Field("share", np.float32(1.0 / front_end.decimate), "1 / decimate"),
        ),
        memory_floats=raw_memory_floats(front_end, sample_shape),
    )
