"""A few windows of each class, made small enough for a page, and their pictures."""

import base64
import struct
import zlib
from collections.abc import Sequence

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from nanosmith.tools.report.svg import figure, path
from nanosmith.tools.specs.report import ExampleWindow

_W, _LANE = 180.0, 24.0
_SHOWN_CHANNELS = 9
_PICTURE = 48


def pick_examples(
    windows: NDArray[np.generic],
    labels: NDArray[np.integer],
    classes: Sequence[str],
    *,
    each: int = 3,
    points: int = 120,
) -> tuple[ExampleWindow, ...]:
    """Evenly spaced windows of each class, downsampled.

    Args:
        windows: float [n, length, channels], or uint8 [n, height, width, colors]; of the open part only.
        labels: int [n], index into `classes`.
        classes: Names.
        each: Windows a class at most.
        points: Points a channel at most; where many samples fall on one point, its lowest and highest are kept.

    """
    picked = []
    for index, name in enumerate(classes):
        members = np.flatnonzero(labels == index)
        chosen = members[np.linspace(0, len(members) - 1, min(each, len(members))).astype(int)] if len(members) else []
        for window in (np.asarray(windows[i]) for i in chosen):
            if windows.ndim == 4:
                picked.append(ExampleWindow(label=name, pixels=_small_picture(window)))
            else:
                picked.append(ExampleWindow(label=name, series=_small_series(window, points)))
    return tuple(picked)


def _small_series(window: NDArray[np.generic], points: int) -> tuple[tuple[float, ...], ...]:
    """[length, channels] to [channels][points], four significant digits, what is not finite as 0."""
    values = np.nan_to_num(window.astype(np.float64), posinf=0.0, neginf=0.0).T
    if values.shape[1] > points:
        parts = np.array_split(values, points // 2, axis=1)
        ends = [(part.min(axis=1), part.max(axis=1)) for part in parts]
        values = np.stack([end for pair in ends for end in pair], axis=1)
    return tuple(tuple(float(f"{v:.4g}") for v in channel) for channel in values)


def _small_picture(picture: NDArray[np.generic]) -> tuple[tuple[tuple[int, int, int], ...], ...]:
    """[h, w, colors] to at most 48 rows and columns of red, green, blue, by nearest neighbor."""
    height, width = picture.shape[:2]
    scale = min(1.0, _PICTURE / max(height, width))
    rows = np.linspace(0, height - 1, max(1, round(height * scale))).astype(int)
    columns = np.linspace(0, width - 1, max(1, round(width * scale))).astype(int)
    small = np.clip(picture[np.ix_(rows, columns)], 0, 255).astype(np.uint8)
    color = small[..., :3] if small.shape[2] >= 3 else np.repeat(small[..., :1], 3, axis=2)
    return tuple(tuple((int(r), int(g), int(b)) for r, g, b in row) for row in color)


def draw_examples(examples: Sequence[ExampleWindow]) -> dict[str, list[Markup]]:
    """Pictures by label in order of appearance; channels share their scale over all examples."""
    ranges = _channel_ranges(examples)
    drawn: dict[str, list[Markup]] = {}
    for example in examples:
        picture = _draw_picture(example) if example.pixels else _draw_series(example, ranges)
        drawn.setdefault(example.label, []).append(picture)
    return drawn


def _channel_ranges(examples: Sequence[ExampleWindow]) -> list[tuple[float, float]]:
    channels = max((len(example.series) for example in examples), default=0)
    ranges = []
    for channel in range(min(channels, _SHOWN_CHANNELS)):
        values = [v for e in examples if channel < len(e.series) for v in e.series[channel]]
        ranges.append((min(values, default=0.0), max(values, default=0.0)))
    return ranges


def _draw_series(example: ExampleWindow, ranges: Sequence[tuple[float, float]]) -> Markup:
    lane = _LANE if len(ranges) > 1 else 2 * _LANE
    drawn = []
    for index, (channel, (low, high)) in enumerate(zip(example.series, ranges, strict=False)):
        base, span = lane * (index + 1) - 2, high - low or 1.0
        step = _W / max(1, len(channel) - 1)
        points = [(i * step, base - (lane - 4) * (value - low) / span) for i, value in enumerate(channel)]
        drawn.append(path(points, f"trace c{index % 6}"))
    return figure(_W, lane * max(1, len(drawn)), f"A window of {example.label}", *drawn, class_="example")


def _draw_picture(example: ExampleWindow) -> Markup:
    source = "data:image/png;base64," + base64.b64encode(_png(example.pixels)).decode()
    return Markup('<img class="example" alt="A picture of {}" src="{}">').format(example.label, source)


def _png(pixels: tuple[tuple[tuple[int, int, int], ...], ...]) -> bytes:
    """An 8-bit color PNG (ISO/IEC 15948), stored uncompressed so that the bytes do not depend on zlib's version."""
    height, width = len(pixels), len(pixels[0])
    raw = b"".join(b"\0" + bytes(value for pixel in row for value in pixel) for row in pixels)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(raw, level=0)), (b"IEND", b""))
    body = b"".join(struct.pack(">I", len(d)) + k + d + struct.pack(">I", zlib.crc32(k + d)) for k, d in chunks)
    return b"\x89PNG\r\n\x1a\n" + body


def channel_legend(channels: Sequence[str], examples: Sequence[ExampleWindow]) -> tuple[str, ...]:
    """Names of the lanes from top to bottom; empty for pictures."""
    lanes = max((len(example.series) for example in examples), default=0)
    return tuple(channels[: min(lanes, _SHOWN_CHANNELS)])
