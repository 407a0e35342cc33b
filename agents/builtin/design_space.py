"""The built-in coder's design space: which choices there are for this data, and where to begin.

A point is a flat dictionary, one choice an axis, so that it fits Optuna, `Proposal.parameters` and JSON alike. Every
axis is ordered from less to more: a step along it means the same everywhere.
"""

from collections.abc import Iterator, Mapping

from nanosmith.agents.coder import CoderBrief
from nanosmith.tools.specs.channel_triples import channel_triples

Choice = int | float | str
Point = dict[str, Choice]
Space = Mapping[str, tuple[Choice, ...]]

_ROWS_AT_MOST = 2_048
_ROWS_WANTED = 256
"""Rows that a first network along time looks at; a motion at 100 Hz for some 2 s."""

_ROWS_WANTED_ALONE = 1_024
"""The same for a single channel, which costs little a row and often holds higher frequencies."""

_ROWS_AT_LEAST = 16
_AUDIO_HZ = 2_000.0
_TEXTURE_S = 2.0
"""Seconds from which on a window of sound holds more than a word."""

_FRAMED_AT_LEAST = 256
"""Samples in a window that is worth cutting into frames with a spectrum each."""

_FRAMES = (1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 96, 128)
"""Frames in a window, more or less."""


_TRAINING_AXES: Space = {
    "learning_rate": (0.001, 0.002, 0.004, 0.008),
    "weight_decay": (0.001, 0.01, 0.05),
    "label_smoothing": (0.0, 0.05, 0.1),
    "class_weights": ("none", "sqrt", "balanced"),
    "effort": (0.5, 0.75, 1.0, 1.5, 2.0),
    "augment": (0.0, 0.5, 1.0, 1.5, 2.0),
    "mixup": (0.0, 0.2),
}


def choices(brief: CoderBrief) -> Space:
    """Every axis that this data has, with its choices."""
    return {**_front_end_axes(brief), **_network_axes(brief), **_TRAINING_AXES}


def is_picture(brief: CoderBrief) -> bool:
    """Whether a window is a picture."""
    return len(brief.sample_shape) == 3


def has_sound(brief: CoderBrief) -> bool:
    """Whether a window is sound: one channel, sampled as fast as sound is."""
    return not is_picture(brief) and brief.sample_shape[1] == 1 and is_fast(brief)


def has_spectrum(brief: CoderBrief) -> bool:
    """Whether a window is long enough for frames of it to have a spectrum worth looking at."""
    return not is_picture(brief) and brief.sample_shape[0] >= _FRAMED_AT_LEAST


def _front_end_axes(brief: CoderBrief) -> dict[str, tuple[Choice, ...]]:
    if is_picture(brief):
        side = min(brief.sample_shape[:2])
        sizes = tuple(size for size in (16, 24, 32, 40, 48, 64, 80, 96) if size <= side) or (side,)
        colors: tuple[Choice, ...] = ("gray", "color") if brief.sample_shape[2] == 3 else ("gray",)
        return {"front_end": ("image",), "size": sizes, "color": colors}
    length = brief.sample_shape[0]
    decimates = tuple(
        factor
        for factor in (1, 2, 4, 8, 16, 32, 64)
        if _ROWS_AT_LEAST <= length // factor <= _ROWS_AT_MOST and is_aligned(factor, brief)
    )
    axes: dict[str, tuple[Choice, ...]] = {"front_end": _kinds(brief), "decimate": decimates or (1,)}
    if len(axes["front_end"]) > 1:
        shortest, longest = (16, 1_500) if has_sound(brief) else (2, 32_768)
        frames = tuple(count for count in _FRAMES if shortest <= length // count <= longest)
        axes |= {"frames": frames or (_FRAMES[0],), "bands": (12, 16, 20, 32, 40)}
    return axes


def _kinds(brief: CoderBrief) -> tuple[Choice, ...]:
    """Front-ends that suit a series, so ordered that neighbors see alike."""
    if has_sound(brief):
        return ("mfcc", "log_mel", "level_mel", "pcen", "root_spectrum", "mel_statistics")
    kinds: list[Choice] = ["raw", "standard"]
    if channel_triples(brief.spec.channels) and brief.spec.window.rate_hz is not None:
        kinds.append("motion")
    if has_spectrum(brief):
        kinds += ["wavelet", "spectrum", "root_spectrum", "mean_spectrum", "spectrum_statistics"]
    return (*kinds, "statistics")


def has_events(brief: CoderBrief) -> bool:
    """Whether a window lies around a point in time, so that places in it mean something."""
    return brief.spec.window.around_events


def is_aligned(samples: int, brief: CoderBrief) -> bool:
    """Whether rows `samples` apart fall where the next window's own rows do; else the device would compute others."""
    window = brief.spec.window
    return window.hop >= window.length or window.hop % samples == 0


def is_fast(brief: CoderBrief) -> bool:
    """Whether the signal is sampled as sound is."""
    return (brief.spec.window.rate_hz or 0.0) >= _AUDIO_HZ


def _network_axes(brief: CoderBrief) -> dict[str, tuple[Choice, ...]]:
    flat: tuple[Choice, ...] = ("discriminant", "dense", "ds_cnn_1d", "cnn_1d", "residual_1d")
    families = flat
    if is_picture(brief):
        families = ("dense", "ds_cnn_2d")
    elif has_sound(brief) or (has_spectrum(brief) and brief.sample_shape[1] == 1):
        families = (*flat, "ds_cnn_2d")
    heads: dict[str, tuple[Choice, ...]] = {}
    if has_events(brief):
        heads = {"head": ("pooled", "placed"), "mounting": ("same", "other", "any")}
    return heads | {
        "family": families,
        "width": (4, 6, 8, 12, 16, 24, 32, 48, 64),
        "depth": (1, 2, 3, 4, 5),
        "kernel": (3, 5, 7, 9) if not is_picture(brief) else (3, 5),
        "stem_stride": (1, 2, 4),
        "activation": ("relu", "relu6"),
        "dropout": (0.0, 0.1, 0.2, 0.35),
        "members": (1, 2, 3, 5),
    }


def first_points(brief: CoderBrief) -> Iterator[Point]:
    """Where a search begins: different networks, each a sensible first try for this kind of data, best guess first."""
    common: Point = {
        "width": 24, "depth": 3, "kernel": 7, "stem_stride": 2, "activation": "relu", "dropout": 0.1, "head": "pooled",
        "mounting": "same", "members": 1,
        "learning_rate": 0.004, "weight_decay": 0.01, "label_smoothing": 0.05, "class_weights": "sqrt",
        "effort": 1.0, "augment": 1.0, "mixup": 0.0,
    }  # fmt: skip
    space = choices(brief)
    for differences in _openings(brief):
        point = {**common, **_front_end_opening(brief, space), **differences}
        yield {axis: nearest(point[axis], options) for axis, options in space.items()}


def _openings(brief: CoderBrief) -> tuple[Point, ...]:
    if is_picture(brief):
        return (
            {"family": "ds_cnn_2d", "kernel": 3, "width": 16, "depth": 4},
            {"family": "ds_cnn_2d", "kernel": 3, "width": 24, "depth": 5, "size": 64},
            {"family": "ds_cnn_2d", "kernel": 5, "width": 12, "depth": 4, "color": "color"},
            {"family": "ds_cnn_2d", "kernel": 3, "width": 32, "depth": 4, "size": 32},
        )
    if has_sound(brief):
        return _sound_openings(brief)
    if has_events(brief):
        return _around_events(brief)
    along_time: tuple[Point, ...] = (
        {"family": "ds_cnn_1d"},
        {"family": "ds_cnn_1d", "kernel": 9, "width": 32, "mixup": 0.2},
        {"family": "residual_1d", "width": 16},
        {"family": "cnn_1d", "width": 16, "kernel": 5},
    )
    if brief.sample_shape[0] // brief.sample_shape[1] > _ROWS_WANTED and not is_fast(brief):
        along_time = tuple({"stem_stride": 4, "depth": 4, **opening, "kernel": 9} for opening in along_time)
    return _with_features(along_time, brief)


def _around_events(brief: CoderBrief) -> tuple[Point, ...]:
    """Where in the window something is counts: early, before a pause. Levels are taken away where they differ."""
    kind = "standard" if levels_differ(brief) else "raw"
    other = "raw" if kind == "standard" else "standard"
    # weights for a rare class move its best threshold above one half, where the highest output can't follow
    base: Point = {"family": "ds_cnn_1d", "head": "placed", "width": 16, "kernel": 7, "front_end": kind,
                   "effort": 0.5, "class_weights": "none",
                   "decimate": -(-brief.sample_shape[0] // _ROWS_WANTED)}  # fmt: skip
    return (
        base,
        {**base, "width": 24, "kernel": 9, "dropout": 0.2},
        {**base, "mounting": "other", "effort": 0.75},
        {**base, "family": "cnn_1d", "width": 12, "kernel": 7, "augment": 1.5},
        {**base, "class_weights": "sqrt"},
        {**base, "front_end": "wavelet"},
        {**base, "front_end": other},
    )


_LEVELS_DIFFER = 0.25
"""Of a channel's deviation within a group: offsets from group to group, or the spread of deviations, that a network on
samples as they are would have to see through."""


def levels_differ(brief: CoderBrief) -> bool:
    """Whether some channel stands at another level, or moves more, from one group to the next."""
    return any(
        max(channel.offset_spread or 0.0, channel.gain_spread or 0.0) > _LEVELS_DIFFER
        for channel in brief.profile.channels
    )


def _sound_openings(brief: CoderBrief) -> tuple[Point, ...]:
    """A word has an order in time; what sounds for seconds has a texture, which few clips show best by statistics."""
    plane: Point = {"family": "ds_cnn_2d", "kernel": 3, "width": 24, "depth": 4, "mixup": 0.2}
    along: Point = {"family": "ds_cnn_1d", "kernel": 9, "width": 48, "depth": 3}
    texture: Point = {"front_end": "mel_statistics", "bands": 40, "weight_decay": 0.05, "learning_rate": 0.002}
    solved: Point = {**texture, "family": "discriminant", "augment": 0.0, "class_weights": "none"}
    dense: Point = {**texture, "family": "dense", "width": 64, "depth": 1, "dropout": 0.35, "augment": 2.0,
                    "mixup": 0.2}  # fmt: skip
    others: tuple[Point, ...] = (
        {**plane, "front_end": "log_mel"},
        {**plane, "front_end": "pcen"},
        {"family": "residual_1d", "kernel": 7, "width": 32, "depth": 3, "front_end": "mfcc"},
        {"family": "cnn_1d", "kernel": 5, "width": 24, "depth": 3},
    )
    if brief.sample_shape[0] >= _TEXTURE_S * (brief.spec.window.rate_hz or _AUDIO_HZ):
        return (solved, dense, plane, along, *others)
    return (plane, along, solved, *others)


def _with_features(along_time: tuple[Point, ...], brief: CoderBrief) -> tuple[Point, ...]:
    """Openings on raw samples, and those on features that are likely to tell more, or as much, of this kind of data."""
    exact: Point = {"augment": 0.0, "weight_decay": 0.001, "label_smoothing": 0.0, "learning_rate": 0.008,
                    "dropout": 0.0, "effort": 2.0}  # fmt: skip
    solved: Point = {"family": "discriminant", "front_end": "statistics", "frames": 1, "augment": 0.0,
                     "weight_decay": 0.001, "class_weights": "none"}  # fmt: skip
    beside: Point = {**solved, "front_end": "spectrum_statistics", "bands": 16}
    blocks: Point = {"family": "dense", "front_end": "statistics", "frames": 12, "width": 64, "depth": 2,
                     "dropout": 0.2, "weight_decay": 0.05, "effort": 0.5}  # fmt: skip
    whole: Point = {**exact, "family": "dense", "front_end": "statistics", "frames": 1, "width": 64, "depth": 2}
    root: Point = {"family": "ds_cnn_1d", "front_end": "root_spectrum", "kernel": 5, "width": 32, "bands": 16,
                   "frames": 24}  # fmt: skip
    means: Point = {**whole, "front_end": "mean_spectrum", "frames": 48, "bands": 16}
    octaves: Point = {"family": "ds_cnn_1d", "front_end": "wavelet", "kernel": 7, "width": 24}
    plain: Point = {"family": "cnn_1d", "front_end": "statistics", "kernel": 3, "width": 24, "frames": 16,
                    "stem_stride": 1}  # fmt: skip
    if brief.spec.target is not None:  # a level of a channel often is the number, and few windows tell no more
        return (whole, along_time[0], plain, *along_time[1:])
    if channel_triples(brief.spec.channels):
        posture: Point = {"family": "ds_cnn_1d", "front_end": "motion"}
        return (along_time[0], along_time[1], posture, *along_time[2:])
    if has_spectrum(brief) and is_stationary(brief):
        return (beside, blocks, solved, root, whole, means, along_time[0], octaves)
    if has_spectrum(brief):
        return (along_time[0], octaves, root, *along_time[1:])
    if is_stationary(brief):
        return (along_time[0], solved, plain, *along_time[2:])
    return (*along_time, plain)


def is_stationary(brief: CoderBrief) -> bool:
    """Whether one label holds for all of a long recording, as of a machine that runs: what matters is the spectrum."""
    return not brief.profile.labels_per_sample


def _front_end_opening(brief: CoderBrief, space: Space) -> Point:
    point: Point = {axis: options[0] for axis, options in space.items() if axis in {"front_end", "color"}}
    if is_picture(brief):
        return {**point, "size": 48}
    most = _ROWS_WANTED if brief.sample_shape[1] > 1 else _ROWS_WANTED_ALONE
    wanted = [factor for factor in space["decimate"] if brief.sample_shape[0] // int(factor) <= most]
    point["front_end"] = "level_mel" if has_sound(brief) else "raw"
    return {**point, "decimate": wanted[0] if wanted else space["decimate"][-1], "frames": 48, "bands": 32}


def nearest(value: Choice, options: tuple[Choice, ...]) -> Choice:
    """The option itself, the numerically closest one, or the first where the value is a word that is not there."""
    if value in options:
        return value
    if isinstance(value, str):
        return options[0]
    numbers = [option for option in options if not isinstance(option, str)]
    return min(numbers, key=lambda option: abs(option - value), default=options[0])


_OF_NETWORKS_ALONE = ("width", "depth", "kernel", "stem_stride", "activation", "dropout", "members", "learning_rate",
                      "label_smoothing", "effort", "mixup")  # fmt: skip


def settled(point: Point, space: Space) -> Point:
    """A point of discriminants with what these have no use for at one choice: equal proposals are equal points."""
    return {axis: space[axis][0] if axis in _OF_NETWORKS_ALONE else choice for axis, choice in point.items()}


def step(point: Point, space: Space, axis: str, by: int) -> Point:
    """The point one or more choices along an axis; unchanged at its end, or where the data has no such axis."""
    if axis not in space:
        return point
    options = space[axis]
    position = min(max(options.index(point[axis]) + by, 0), len(options) - 1)
    return {**point, axis: options[position]}


def read_point(parameters: Mapping[str, Choice], space: Space) -> Point | None:
    """The point that a proposal came from; None where it came from elsewhere (a language model, other data)."""
    if set(parameters) != set(space) or any(parameters[axis] not in options for axis, options in space.items()):
        return None
    return {axis: parameters[axis] for axis in space}
