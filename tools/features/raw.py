"""Parameters of the raw front-end."""

import numpy as np

from nanosmith.tools.features.parameters import Field, StepParameters
from nanosmith.tools.specs.feature_memory import memory_floats
from nanosmith.tools.specs.front_end import RawFrontEnd


def raw_parameters(front_end: RawFrontEnd, sample_shape: tuple[int, ...]) -> StepParameters:
    """What `ns_raw` takes for windows [samples, channels]."""
    return StepParameters(
        kind="raw",
        fields=(
            Field("channels", sample_shape[1]),
            Field("decimate", front_end.decimate, "samples in a row"),
            Field("share", np.float32(1.0 / front_end.decimate), "1 / decimate"),
        ),
        memory_floats=memory_floats(front_end, sample_shape),
    )
