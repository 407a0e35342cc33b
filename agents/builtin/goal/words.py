"""Words of a goal and of names: tokens, stems, numbers."""

import re
from collections.abc import Iterable

_NUMBERS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "fifteen": 15, "sixteen": 16, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50,
    "sixty": 60, "hundred": 100, "zero": 0,
}  # fmt: skip
_NUMBER_WORD = re.compile(rf"\b({'|'.join(_NUMBERS)})\b")
_FRACTIONS = (
    (re.compile(r"\bhalf (?:a |an )?(?=(?:second|minute|hour)\b)"), "0.5 "),
    (re.compile(r"\b(?:a )?quarter (?:of )?(?:a |an )?(?=(?:second|minute|hour)\b)"), "0.25 "),
    (re.compile(r"\b(?:a )?tenth (?:of )?(?:a |an )?(?=(?:second|minute|hour)\b)"), "0.1 "),
)
_THOUSANDS = re.compile(r"(?<![\d.])(\d{1,3})(?:[, \u00a0\u202f](\d{3}))+(?![\d.])")
_PLAIN = {ord("–"): "-", ord("—"): " - ", ord("−"): "-", ord("’"): "'", ord("µ"): "u", ord("μ"): "u", 0xA0: " "}
_WORD = re.compile(r"[a-z0-9]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])")

# Forms that cutting endings does not bring together: irregular verbs, and everyday names of the same thing.
_SAME = {
    "seated": "sit", "seat": "sit", "sat": "sit", "stood": "stand", "ran": "run", "lying": "lay", "lie": "lay",
    "lies": "lay", "laid": "lay", "fell": "fall", "fallen": "fall", "rode": "rid", "bike": "cycl", "biking": "cycl",
    "bicycle": "cycl", "fridge": "refrigerator", "television": "tv", "telly": "tv", "broken": "break", "spoke": "speak",
    "spoken": "speak", "anomalies": "anomaly", "anomalous": "anomaly", "anomaly": "anomaly", "abnormal": "anomaly",
    "leaking": "leak", "leakage": "leak", "jogging": "run", "jog": "run",
}  # fmt: skip
_WEAK = frozenset({
    "a", "an", "and", "any", "apart", "are", "as", "at", "be", "by", "down", "for", "from", "go", "has", "have", "i",
    "in", "is", "it", "its", "left", "no", "none", "not", "of", "off", "on", "or", "other", "others", "out", "right",
    "stop", "that", "the", "this", "to", "two", "unknown", "up", "when", "with", "yes",
})  # fmt: skip


def lowered(goal: str) -> str:
    """Lower case on one line, typographic signs made plain; the text that all patterns run on."""
    return " ".join(goal.translate(_PLAIN).lower().split())


def with_digits(text: str) -> str:
    """Lowered text with number words, fractions of a second and thousands separators written as plain digits."""
    for pattern, digits in _FRACTIONS:
        text = pattern.sub(digits, text)
    text = _NUMBER_WORD.sub(lambda match: str(_NUMBERS[match.group()]), text)
    return _THOUSANDS.sub(lambda match: re.sub(r"\D", "", match.group()), text)


def without(text: str, parts: Iterable[str]) -> str:
    """A text with stretches of it blanked out."""
    for part in parts:
        text = text.replace(part, " ")
    return text


def tokens(text: str) -> list[str]:
    """Lower-case words and numbers, in order."""
    return _WORD.findall(text.lower())


def name_tokens(name: str) -> list[str]:
    """Words of a class or channel name: `SITTING_DOWN`, `coffeeMaker`, `x_acc`."""
    return tokens(_CAMEL.sub(" ", name))


def stem(word: str) -> str:
    """A word without its usual English endings, so that `sitting`, `sits` and `seated` meet."""
    if word in _SAME:
        return _SAME[word]
    if len(word) > 4 and word.endswith("ies"):
        word = word[:-3] + "y"
    elif len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-2] if word.endswith(("sses", "shes", "ches", "xes")) else word[:-1]
    for ending in ("ly", "ing", "ed"):
        if len(word) > len(ending) + 2 and word.endswith(ending):
            word = _undoubled(word[: -len(ending)])
            break
    if len(word) > 3 and word.endswith("e"):
        word = word[:-1]
    return _SAME.get(word, word)


def is_weak(word: str) -> bool:
    """Whether a word is so common that it names a class only in a list with others."""
    return word in _WEAK or len(word) == 1 or word.isdigit()


def _undoubled(word: str) -> str:
    is_doubled = len(word) > 2 and word[-1] == word[-2] and word[-1] not in "lsz"
    return word[:-1] if is_doubled else word
