"""Units as people write them in a goal, and as the data's columns name them."""

import re

_WORDS: tuple[tuple[str, str], ...] = (
    ("l/min", r"l/min|lpm|lit(?:er|re)s? (?:per|a|each) minute"),
    ("ml/min", r"ml/min|millilit(?:er|re)s? (?:per|a|each) minute"),
    ("m³/h", r"m(?:3|³|\^3)/h|cubic met(?:er|re)s? (?:per|an) hour"),
    ("km/h", r"km/h|kph|kmh|kilomet(?:er|re)s? (?:per|an) hour"),
    ("m/s", r"m/s|met(?:er|re)s? (?:per|a) second"),
    ("mm/s", r"mm/s|millimet(?:er|re)s? (?:per|a) second"),
    ("bpm", r"bpm|beats? (?:per|a) minute"),
    ("rpm", r"rpm|revolutions? (?:per|a) minute|turns? (?:per|a) minute"),
    ("°C", r"°\s?c|degrees? c(?:elsius|entigrade)?|celsius|deg c"),
    ("°F", r"°\s?f|degrees? f(?:ahrenheit)?|fahrenheit"),
    ("°", r"degrees?|°"),
    ("kg", r"kg|kilo(?:gram)?s?"),
    ("g", r"grams?"),
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


def unit_in(text: str) -> str | None:
    """The unit that a lowered text asks a number in: `in °c`, `in beats per minute`."""
    for name, pattern in _WORDS:
        if name in {"V", "A", "W", "N"}:
            pattern = "|".join(part for part in pattern.split("|") if part not in _LONE)
        if re.search(rf"\bin (?:the |its )?(?:{pattern})(?![\w/])", text):
            return name
    return None
