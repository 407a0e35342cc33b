"""Pictures: decoded by Pillow within bounds, turned upright, gray or RGB, no side over the limit."""

import struct
import warnings
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from nanosmith.tools.data import limits
from nanosmith.tools.data.findings import Findings
from nanosmith.tools.data.index_file import Entry
from nanosmith.tools.data.labels import class_names
from nanosmith.tools.data.limits import Volume, check_file_size
from nanosmith.tools.data.recordings import DataSet, Recording
from nanosmith.tools.errors import DataError

_GRAY_MODES = frozenset({"1", "L", "LA", "I", "I;16", "I;16B", "F"})
_DEEP_MODES = frozenset({"I", "I;16", "I;16B", "F"})
_FORMATS = ("PNG", "JPEG", "BMP", "PPM", "GIF", "WEBP", "TIFF")


def read_pictures(entries: Sequence[Entry], group_kind: str | None, findings: Findings) -> DataSet:
    """Read all pictures; gray only where all are gray.

    Raises:
        DataError: A file that is no picture, is damaged or too large; labels missing.

    """
    counts = Counter(entry.label for entry in entries if entry.label is not None)
    classes, numbers = class_names(counts, findings, source="index, folders and file names")
    volume = Volume()
    pixels: list[NDArray[np.uint8]] = []
    for entry in entries:
        picture = _read(entry.file.path, entry.file.name, findings)
        volume.take(picture.nbytes, entry.file.name)
        pixels.append(picture)
    colored = any(picture.shape[2] == 3 for picture in pixels)
    sizes = Counter((picture.shape[0], picture.shape[1]) for picture in pixels)
    height, width = max(sorted(sizes), key=lambda size: sizes[size])
    if len(sizes) > 1:
        findings.repair(f"pictures of {len(sizes)} sizes; windows are resized to the most common, {height}×{width}")
    if colored and any(picture.shape[2] == 1 for picture in pixels):
        findings.repair("some pictures are gray and some colored; gray ones were given three equal colors")
    recordings = tuple(
        Recording(
            name=entry.file.name, samples=_colored(picture) if colored else picture,
            labels=None, label=-1 if entry.label is None else numbers[entry.label],
            group=entry.group or entry.file.name, split=entry.split,
        )
        for entry, picture in zip(entries, pixels, strict=True)
    )  # fmt: skip
    channels = ("red", "green", "blue") if colored else ("gray",)
    return DataSet(
        "image", recordings, classes, channels, None, group_kind, findings.notes(), picture_size=(height, width)
    )


def resize(picture: NDArray[np.uint8], height: int, width: int) -> NDArray[np.uint8]:
    """`picture` [h, w, colors] averaged to `height` × `width`."""
    if picture.shape[:2] == (height, width):
        return picture
    image = Image.fromarray(picture[:, :, 0] if picture.shape[2] == 1 else picture)
    return np.asarray(image.resize((width, height), Image.Resampling.BOX)).reshape(height, width, -1)


def _colored(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.repeat(picture, 3, axis=2) if picture.shape[2] == 1 else picture


def _read(path: Path, name: str, findings: Findings) -> NDArray[np.uint8]:
    check_file_size(path, name, limits.FILE_BYTES)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # bounds below are ours, and stricter than Pillow's bomb warning
            with Image.open(path, formats=_FORMATS) as image:
                if image.width * image.height > limits.PICTURE_PIXELS:
                    raise DataError(
                        f"claims {image.width:,} × {image.height:,} pixels; the limit is {limits.PICTURE_PIXELS:,}",
                        file=name,
                    )
                if getattr(image, "n_frames", 1) > 1:
                    findings.repair("only the first picture of the file was read", file=name)
                upright = ImageOps.exif_transpose(image)
                return _shrunk(_plain(upright), name, findings)
    except Image.DecompressionBombError as error:
        raise DataError(f"claims far more pixels than the limit of {limits.PICTURE_PIXELS:,}", file=name) from error
    except UnidentifiedImageError as error:
        raise DataError("is not a picture that can be read", file=name) from error
    except (
        OSError,
        ValueError,
        SyntaxError,
        ArithmeticError,
        IndexError,
        KeyError,
        struct.error,
    ) as error:
        # Pillow's decoders meet damaged files with whatever they run into
        raise DataError(f"the picture is damaged: {error}", file=name) from error


def _plain(image: Image.Image) -> Image.Image:
    if image.mode in _DEEP_MODES:
        deep = np.asarray(image, dtype=np.float64)
        peak = 65535.0 if deep.max(initial=0.0) > 255 else 255.0
        return Image.fromarray(np.clip(deep * (255.0 / peak), 0, 255).astype(np.uint8))
    return image.convert("L" if image.mode in _GRAY_MODES else "RGB")


def _shrunk(image: Image.Image, name: str, findings: Findings) -> NDArray[np.uint8]:
    longest = max(image.size)
    if longest > limits.PICTURE_SIDE:
        share = limits.PICTURE_SIDE / longest
        size = (max(1, round(image.width * share)), max(1, round(image.height * share)))
        findings.repair(f"pictures were averaged down so that no side is over {limits.PICTURE_SIDE}", file=name)
        image = image.resize(size, Image.Resampling.BOX)
    pixels = np.asarray(image, dtype=np.uint8)
    return pixels if pixels.ndim == 3 else pixels[:, :, None]
