"""Which board a goal names: by id, name or alias, by its core, or by a name that has no manifest."""

import difflib
import re

from nanosmith.agents.builtin.goal.words import tokens
from nanosmith.tools.errors import UnknownBoard
from nanosmith.tools.specs.board import Board, Core
from nanosmith.tools.specs.device_spec import Assumption

DEFAULT_BOARD = "mps2_an386"
"""A Cortex-M4F with an exact emulation: the commonest core in the field."""

_CORES: tuple[tuple[re.Pattern[str], Core], ...] = (
    (re.compile(r"\bm0(?:\+|plus)?(?!\w)"), "cortex-m0"),
    (re.compile(r"\bm3\b"), "cortex-m3"),
    (re.compile(r"\bm4f?\b"), "cortex-m4f"),
    (re.compile(r"\bm7f?\b"), "cortex-m7"),
    (re.compile(r"\bm33f?\b"), "cortex-m33"),
    (re.compile(r"\bm55\b"), "cortex-m55"),
)
_CORTEX = re.compile(r"(?:arm )?cortex m ?\d+f?")
# Families of chips and boards whose members carry numbers; a goal that names one means that very board.
_FAMILY = re.compile(
    r"\b(?:nucleo[\s-][a-z]*\d\w*(?:-\w+)?|stm32\w{3,}|esp(?:32|8266)(?:-\w+)?|nrf\d\w+|rp2\d{3}\w*|"
    r"raspberry pi(?: pico\b(?: ?[w2])?| zero| \d)?|teensy(?: ?\d[\d.]*)?|"
    r"arduino (?!sketch|code|framework|library|ide\b|core)\w+(?: \w*\d\w*)?|atmega\w+|"
    r"attiny\w+|"
    r"feather \w+|xiao \w+|samd\d\w+|msp430\w*|apollo\d\w*)(?![\w-]*\s?-?(?:class|like|style)\b)",
    re.IGNORECASE,
)
_ON_A_BOARD = re.compile(
    r"\b((?:[A-Za-z0-9][\w.+-]*\s+){1,3}?)(?:development board|dev board|evaluation board|eval board|devkit|board)\b",
)
_BOARD_CALLED = re.compile(
    r"\bboard(?:\s+is(?:\s+called|\s+named)?|\s+called|\s+named|\s*:)\s+(?:an?\s+|the\s+)?([a-z0-9][\w.+-]*)",
    re.IGNORECASE,
)
_NOT_A_NAME = frozenset({
    "a", "ai", "an", "arm", "ble", "bluetooth", "cortex", "cpu", "imu", "iot", "its", "led", "mcu", "mems", "ml", "my",
    "on", "our", "pcb", "soc", "the", "this", "tinyml", "usb", "wifi",
})  # fmt: skip


def read_board(goal: str, boards: tuple[Board, ...]) -> tuple[str | None, tuple[Assumption, ...]]:
    """Id of the board that a goal (as written) names, or None; how it was found, where that needs saying.

    Raises:
        UnknownBoard: It names a board that has no manifest.

    """
    named, name = _by_name(goal, boards)
    family = _FAMILY.search(goal)
    core = _core(goal)
    if named is not None and (family is None or any(c.isdigit() for c in name)):
        if core not in (None, named.core):  # `an MPS2 with a Cortex-M3`
            relatives = [board for board in boards if board.core == core and name in _names(board)]
            named = _preferred(relatives) if relatives else named
        return named.id, ()
    if family is not None:  # one of a family, such as a Nucleo, but not one that we know
        raise UnknownBoard(family.group().strip(), nearest_boards(family.group(), boards))
    if core is not None:
        fitting = [board for board in boards if board.core == core]
        if not fitting:
            raise UnknownBoard(core, nearest_boards(core, boards))
        chosen = _preferred(fitting)
        return chosen.id, (Assumption(what=f"{core}: read as board {chosen.id} ({chosen.name})", source="goal"),)
    unknown = _unknown_name(goal)
    if unknown is not None:
        raise UnknownBoard(unknown, nearest_boards(unknown, boards))
    return None, ()


def default_board(boards: tuple[Board, ...]) -> Board:
    """The board taken where neither goal nor command line names one."""
    return _preferred(list(boards))


def nearest_boards(name: str, boards: tuple[Board, ...], count: int = 3) -> tuple[str, ...]:
    """Ids of the boards whose id, name or alias is most like `name`, best first."""
    wanted = " ".join(tokens(name))

    def likeness(board: Board) -> float:
        names = (board.id, board.name, board.core, *board.aliases)
        return max(difflib.SequenceMatcher(None, wanted, " ".join(tokens(known))).ratio() for known in names)

    return tuple(board.id for board in sorted(boards, key=lambda b: (-likeness(b), b.id))[:count])


def _by_name(goal: str, boards: tuple[Board, ...]) -> tuple[Board | None, str]:
    """The board whose longest name stands in the goal as whole words, and that name."""
    words = f" {' '.join(tokens(goal))} "
    best: tuple[Board | None, str] = (None, "")
    for board in boards:
        for name in (board.id, board.name, *board.aliases):
            key = " ".join(tokens(name))
            is_core = _CORTEX.fullmatch(key) is not None
            if len(key) > 2 and not is_core and f" {key} " in words and len(key) > len(best[1]):
                best = (board, key)
    return best


def _names(board: Board) -> str:
    """All that a board is called, as words."""
    return " ".join(" ".join(tokens(name)) for name in (board.id, board.name, *board.aliases))


def _core(goal: str) -> Core | None:
    text = goal.lower()
    is_arm = "cortex" in text or re.search(r"\barm\b", text) is not None
    for pattern, core in _CORES:
        match = pattern.search(text) or re.search(rf"cortex[\s-]*{pattern.pattern[2:]}", text)
        if match and (is_arm or re.search(r"\b(?:core|mcu|microcontroller|board|processor|class)\b", text)):
            return core
    return None


def _preferred(boards: list[Board]) -> Board:
    """The default board where it is among them, else one that can be emulated exactly, else the first by id."""

    def rank(board: Board) -> tuple[bool, bool, bool, str]:
        is_exact = board.emulation is not None and board.emulation.is_exact
        return (board.id != DEFAULT_BOARD, not is_exact, board.emulation is None, board.id)

    return min(boards, key=rank)


def _unknown_name(goal: str) -> str | None:
    """What reads like the name of a board: a word with a digit or a capital before `board` or after `board called`."""
    called = _BOARD_CALLED.search(goal)
    if called is not None and _looks_like_a_name(called.group(1)):
        return called.group(1).rstrip(".")
    for match in _ON_A_BOARD.finditer(goal):
        opens_sentence = match.start() == 0 or goal[: match.start()].rstrip()[-1:] in ".!?"
        words = match.group(1).split()
        if opens_sentence:
            words[0] = words[0].lower()
        words = [word for word in words if _looks_like_a_name(word)]
        if words:
            return " ".join(words)
    return None


def _looks_like_a_name(word: str) -> bool:
    plain = word.strip(".,").lower()
    if plain in _NOT_A_NAME or plain.split("-")[0] in ("cortex", "low"):
        return False
    return (
        any(c.isdigit() for c in plain) or any(c.isupper() for c in word[1:]) or (word[:1].isupper() and len(word) > 2)
    )
