"""Parameters of the image front-end."""

from math import gcd

import numpy as np

from nanosmith.tools.features.parameters import Field, StepParameters
from nanosmith.tools.specs.candidate import ImageFrontEnd


def image_memory_floats(front_end: ImageFrontEnd, sample_shape: tuple[int, ...]) -> int:
    """One output row of sums; two where an input row can be shared by two output rows."""
    height, _, colors = sample_shape
    row = front_end.width * (1 if front_end.gray else colors)
    return row if height % front_end.height == 0 else 2 * row


def image_parameters(front_end: ImageFrontEnd, sample_shape: tuple[int, ...]) -> StepParameters:
    """What `ns_image` takes for pictures [height, width, colors], none larger than 65,535 a side."""
    height, width, colors = sample_shape
    across, down = gcd(width, front_end.width), gcd(height, front_end.height)
    area = (width // across) * (height // down)
    return StepParameters(
        kind="image",
        fields=(
            Field("colors", colors, "of the input"),
            Field("width", front_end.width, "of the output"),
            Field("input_pixel_width", front_end.width // across, "units"),
            Field("output_pixel_width", width // across),
            Field("input_pixel_height", front_end.height // down),
            Field("output_pixel_height", height // down),
            Field("share", np.float32(1.0 / area), "1 / area of an output pixel"),
            Field("gray", int(front_end.gray and colors == 3)),
        ),
        memory_floats=image_memory_floats(front_end, sample_shape),
    )
