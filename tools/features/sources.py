"""The hand-written C of the front-ends, as it lies in firmware_templates/features."""

from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "firmware_templates" / "features"
CORE = ("ns_front_end.h", "ns_front_end.c", "ns_quantize.h", "ns_quantize.c", "ns_strict_float.h")
RESAMPLER = ("ns_resample.h", "ns_resample.c")


def read_source(name: str) -> str:
    """One file by its path relative to the folder."""
    return (FOLDER / name).read_text(encoding="utf-8")


def resampler_sources() -> dict[str, str]:
    """What a firmware needs whose samples come with their times, beside any front-end."""
    return {name: read_source(name) for name in RESAMPLER}


def all_sources() -> dict[str, str]:
    """Every C file of every kind, and the host's."""
    names = sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.[ch]"))
    return {name: read_source(name) for name in names}
