"""A point of the design space made definite: front-end, layer widths and strides, training settings."""

from math import prod
from typing import Literal

from nanosmith.agents.builtin.design_space import Choice, Point
from nanosmith.agents.builtin.design_space_front_end import choose_front_end
from nanosmith.agents.coder import CoderBrief
from nanosmith.tools.specs.base import Record
from nanosmith.tools.specs.feature_shape import feature_shape
from nanosmith.tools.specs.front_end import FrontEnd, has_bands

Family = Literal["discriminant", "dense", "ds_cnn_1d", "cnn_1d", "residual_1d", "ds_cnn_2d"]

_GROWTH = (1.5, 2.0, 3.0, 4.0, 4.0)
"""Width of each block over the stem's, as 16|24-32-48-64-64."""

_MOST_PAIRED = 16
"""Classes from which on a unit for each pair of them is too many."""

_MOST_SOLVED = 600
"""Features from which on their covariance is too much to find from few windows, and to invert for each pair."""

_SMALLEST_MAP = 4
"""A map is not strided below this side."""


class Design(Record):
    """What a template needs, and what an estimate is made from."""

    family: Family
    input_shape: tuple[int, ...]
    """Of the features."""

    stem: int
    stem_stride: int
    blocks: tuple[tuple[int, int], ...]
    """Filters and stride of each."""

    kernel: int
    activation: Literal["relu", "relu6"]
    dropout: float
    classes: int
    head: Literal["pooled", "placed"] = "pooled"
    """Whether the classes see the mean over all places, or each place of the last map."""

    members: int = 1
    """Networks of this design that answer together."""

    @property
    def is_picture(self) -> bool:
        """Whether the input has colors."""
        return len(self.input_shape) == 3

    @property
    def hidden(self) -> tuple[int, ...]:
        """Units of a dense network's hidden layers."""
        return (self.stem, *(filters for filters, _ in self.blocks))

    @property
    def shape_text(self) -> str:
        """For people: `24|36-48-72`."""
        return f"{self.stem}|" + "-".join(str(filters) for filters, _ in self.blocks)


def design_network(point: Point, brief: CoderBrief) -> tuple[FrontEnd, Design]:
    """Front-end and network of a point."""
    front_end = choose_front_end(point, brief)
    shape = feature_shape(front_end, brief.sample_shape)
    family: Family = _family(point["family"], front_end, brief)
    width, depth = int(point["width"]), int(point["depth"])
    stem_stride = int(point["stem_stride"])
    blocks: tuple[tuple[int, int], ...] = ()
    if family == "discriminant":
        width = len(brief.spec.classes) * (len(brief.spec.classes) - 1) // 2
    elif family == "dense":
        blocks = tuple((max(4, width // 2), 1) for _ in range(min(depth, 2) - 1))
    else:
        blocks = _blocks(width, depth, _map_side(family, shape), stem_stride)
    return front_end, Design(
        family=family,
        input_shape=shape,
        stem=width,
        stem_stride=stem_stride,
        blocks=blocks,
        kernel=int(point["kernel"]),
        activation="relu6" if point["activation"] == "relu6" else "relu",
        dropout=float(point["dropout"]),
        classes=brief.spec.outputs,
        members=1 if family == "discriminant" else int(point["members"]),
        head="placed" if point.get("head") == "placed" and family != "dense" else "pooled",
    )


def _family(asked: Choice, front_end: FrontEnd, brief: CoderBrief) -> Family:
    """Only one channel's bands are a second axis to filter along; a picture has no single one."""
    if asked == "discriminant":
        features = prod(feature_shape(front_end, brief.sample_shape))
        fits = len(brief.spec.classes) <= _MOST_PAIRED and features <= _MOST_SOLVED
        return "discriminant" if fits else "dense"
    if front_end.kind == "image":
        return "dense" if asked == "dense" else "ds_cnn_2d"
    if asked == "ds_cnn_2d":
        return "ds_cnn_2d" if has_bands(front_end) and brief.sample_shape[1] == 1 else "ds_cnn_1d"
    families: dict[Choice, Family] = {"dense": "dense", "cnn_1d": "cnn_1d", "residual_1d": "residual_1d"}
    return families.get(asked, "ds_cnn_1d")


def _map_side(family: Family, shape: tuple[int, ...]) -> int:
    return min(shape[:2]) if family == "ds_cnn_2d" else shape[0]


def _blocks(width: int, depth: int, side: int, stem_stride: int) -> tuple[tuple[int, int], ...]:
    blocks = []
    side = -(-side // stem_stride)
    for growth in _GROWTH[:depth]:
        stride = 2 if side >= 2 * _SMALLEST_MAP else 1
        side = -(-side // stride)
        blocks.append((max(4, round(width * growth / 4) * 4), stride))  # in fours: what int8 kernels take at a time
    return tuple(blocks)
