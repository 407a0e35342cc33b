"""Parameters of the image front-end."""

from math import gcd

import numpy as np

from nanosmith.tools.features.parameters import Field, StepParameters, chain
from nanosmith.tools.specs.front_end import ImageFrontEnd


def image_parameters(
    front_end: ImageFrontEnd, sample_shape: tuple[int, ...], inside: tuple[int, int, int]
) -> StepParameters:
    """What `ns_image` takes, behind `ns_crop` where a part of the picture is looked at.

    Args:
        front_end: Size wanted.
        sample_shape: Pictures [height, width, colors], none larger than 65,535 a side.
        inside: Height, width and colors of the part that is looked at.

    """
    resize = _resize_parameters(front_end, inside)
    if front_end.crop is None:
        return resize
    top, left, tall, _ = front_end.crop
    crop = StepParameters(
        kind="crop",
        fields=(
            Field("picture_height", sample_shape[0]),
            Field("top", top),
            Field("height", tall),
            Field("skip", left * sample_shape[2], "floats left of it"),
        ),
        memory_floats=0,
    )
    return chain(crop, resize)


def _resize_parameters(front_end: ImageFrontEnd, inside: tuple[int, int, int]) -> StepParameters:
    height, width, colors = inside
    across, down = gcd(width, front_end.width), gcd(height, front_end.height)
    area = (width // across) * (height // down)
    row = front_end.width * (1 if front_end.gray else colors)
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
        memory_floats=row if height % front_end.height == 0 else 2 * row,
    )
