"""Units as people write them in a goal, and as the data's columns name them."""

import re

_WORDS: tuple[tuple[str, str], ...] = (
    ("l/min", r"l/min|lpm|lit(?:er|re)s? (?:per|a|each) minute"),
    ("ml/min", r"ml/min|millilit(?:er|re)s? (?:per|a|each) minute"),
    ("m³/h", r"m(?:3|³|\^3)/h|cubic met(?:er|re)s? (?:per|an) hour"),
    ("km/h", r"km/h|kph|kmh|kilomet(?:er|re)s? (?:per|an) hour"),
    ("m/s²", r"m/s(?:2|²|\^2)"),
    ("m/s", r"m/s|met(?:er|re)s? (?:per|a) second"),
    ("mm/s", r"mm/s|millimet(?:er|re)s? (?:per|a) second"),
    ("bpm", r"bpm|beats? (?:per|a) minute"),
    ("rpm", r"rpm|revolutions? (?:per|a) minute|turns? (?:per|a) minute"),
    ("°C", r"°\s?c|degrees? c(?:elsius|entigrade)?|celsius|deg\.?\s?c(?:elsius)?"),
    ("°F", r"°\s?f|degrees? f(?:ahrenheit)?|fahrenheit|deg\.?\s?f"),
    ("°", r"degrees?|°"),
    ("kg", r"kg|kilo(?:gram)?s?"),
    ("g", r"grams?"),
    ("MPa", r"mpa|megapascals?"),
    ("kPa", r"kpa|kilopascals?"),
    ("hPa", r"hpa|hectopascals?|mbar|millibars?"),
    ("Pa", r"pa|pascals?"),
    ("bar", r"bars?"),
    ("psi", r"psi"),
    ("mV", r"mv|millivolts?"),
    ("V", r"v|volts?"),
    ("mA", r"ma|milliamp(?:ere)?s?"),
    ("A", r"a|amp(?:ere)?s?"),
    ("kW", r"kw|kilowatts?"),
    ("W", r"w|watts?"),
    ("Nm", r"nm|newton[ -]?met(?:er|re)s?"),
    ("N", r"n|newtons?"),
    ("dB", r"db|decibels?"),
    ("lx", r"lx|lux"),
    ("ppm", r"ppm|parts per million"),
    ("cm", r"cm|centimet(?:er|re)s?"),
    ("mm", r"mm|millimet(?:er|re)s?"),
    ("m", r"met(?:er|re)s?"),
    ("%", r"%|percent|per cent"),
)
"""Those of time, frequency and memory are left out: a goal uses them for other things."""

_LONE = frozenset({"v", "a", "w", "n"})
ANY_UNIT = "|".join(pattern for _, pattern in _WORDS)
"""Any of them, as one pattern on lowered text; single letters only count behind a number."""


def unit_pattern(unit: str | None) -> str | None:
    """How a unit may be written in lowered text; itself where it is none of the list, None for None."""
    if unit is None:
        return None
    for name, pattern in _WORDS:
        if name == unit:
            return f"{pattern}|{re.escape(unit.lower())}"
    return re.escape(unit.lower())


_SCALES: dict[str, tuple[str, float, float]] = {
    "°C": ("temperature", 1.0, 0.0), "°F": ("temperature", 5 / 9, -160 / 9), "K": ("temperature", 1.0, -273.15),
    "l/min": ("flow", 1.0, 0.0), "ml/min": ("flow", 1e-3, 0.0), "m³/h": ("flow", 1000 / 60, 0.0),
    "m/s": ("speed", 1.0, 0.0), "km/h": ("speed", 1 / 3.6, 0.0), "mm/s": ("speed", 1e-3, 0.0),
    "kg": ("mass", 1.0, 0.0), "g": ("mass", 1e-3, 0.0),
    "Pa": ("pressure", 1.0, 0.0), "hPa": ("pressure", 1e2, 0.0), "kPa": ("pressure", 1e3, 0.0),
    "MPa": ("pressure", 1e6, 0.0),
    "bar": ("pressure", 1e5, 0.0), "psi": ("pressure", 6894.757, 0.0),
    "mV": ("voltage", 1e-3, 0.0), "V": ("voltage", 1.0, 0.0), "mA": ("current", 1e-3, 0.0), "A": ("current", 1.0, 0.0),
    "kW": ("power", 1e3, 0.0), "W": ("power", 1.0, 0.0),
    "mm": ("length", 1e-3, 0.0), "cm": ("length", 1e-2, 0.0), "m": ("length", 1.0, 0.0),
}  # fmt: skip
"""What a unit measures, and how an amount in it becomes one in the dimension's base: factor, then offset."""


def converted(value: float, unit: str, wanted: str) -> float | None:
    """An amount in another unit; None where they don't measure the same, or one is not known."""
    if unit == wanted:
        return value
    if unit not in _SCALES or wanted not in _SCALES or _SCALES[unit][0] != _SCALES[wanted][0]:
        return None
    (_, factor, offset), (_, wanted_factor, wanted_offset) = _SCALES[unit], _SCALES[wanted]
    return (value * factor + offset - wanted_offset) / wanted_factor


def unit_named(written: str | None) -> str | None:
    """The unit that lowered text writes so; itself where it is none of the list."""
    if written is None:
        return None
    return next((name for name, pattern in _WORDS if re.fullmatch(pattern, written)), written)


def unit_in(text: str) -> str | None:
    """The unit that a lowered text asks a number in: `in °c`, `in beats per minute`."""
    for name, pattern in _WORDS:
        if name in {"V", "A", "W", "N"}:
            pattern = "|".join(part for part in pattern.split("|") if part not in _LONE)
        if re.search(rf"\bin (?:the |its )?(?:{pattern})(?![\w/])", text):
            return name
    return None
