"""Boards: one manifest each, in `tools/boards` and in a folder of the user's."""

import difflib
import re
import tomllib
from pathlib import Path

from pydantic import ValidationError

from nanosmith.tools.clean_text import clean_line
from nanosmith.tools.errors import UnknownBoard, UsageError
from nanosmith.tools.specs.board import Board

_MANIFESTS = Path(__file__).resolve().parents[1] / "boards"
_MANIFEST_LIMIT_BYTES = 65_536
_NEAREST = 4
HOW_TO_ADD = """\
Write a manifest like the one below, one TOML file named after the board's id, and put it into tools/boards.
core: cortex-m0, cortex-m3, cortex-m4f, cortex-m7, cortex-m33 or cortex-m55. [emulation] names the QEMU machine that
stands in for the board (is_exact = false where only the core is the same), [bare_metal] that machine's memory map and
serial line (uart: cmsdk, stm32 or nrf51), [official] platform, board and framework as PlatformIO's registry calls
them, for the real hardware.

""" + (_MANIFESTS / "nucleo_f446re.toml").read_text(encoding="utf-8")
"""How a user adds a board, as plain text."""


def load_boards(extra: Path | None = None) -> tuple[Board, ...]:
    """Every board that has a manifest, by id; those in the folder `extra` come on top and win over ours.

    Raises:
        UsageError: A manifest can't be read; names the file and what is wrong with it.

    """
    folders = [_MANIFESTS] if extra is None else [_MANIFESTS, extra]
    boards = {board.id: board for folder in folders for board in map(_read, sorted(folder.glob("*.toml")))}
    return tuple(boards[name] for name in sorted(boards))


def find_board(name: str, extra: Path | None = None) -> Board:
    """The board with this id, name or alias; case, dashes, spaces and colons don't matter.

    Raises:
        UnknownBoard: None has it; carries the nearest ids, best first.

    """
    names = _names(load_boards(extra))
    wanted = _key(name)
    if wanted in names:
        return names[wanted]
    raise UnknownBoard(clean_line(name, limit=80), _nearest(wanted, names))


def _names(boards: tuple[Board, ...]) -> dict[str, Board]:
    names: dict[str, Board] = {}
    for board in boards:
        for name in (board.name, *board.aliases):
            names.setdefault(_key(name), board)
    return names | {_key(board.id): board for board in boards}  # an id is never taken by another board's alias


def _nearest(wanted: str, names: dict[str, Board]) -> list[str]:
    close = difflib.get_close_matches(wanted, names, n=len(names), cutoff=0.45)
    holds = [name for name in names if len(name) > 2 and (name in wanted or wanted in name)]
    some = [*holds, *close] or difflib.get_close_matches(wanted, names, n=_NEAREST, cutoff=0.0)
    return list(dict.fromkeys(names[name].id for name in some))[:_NEAREST]


def _key(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _read(path: Path) -> Board:
    try:
        if path.stat().st_size > _MANIFEST_LIMIT_BYTES:
            raise UsageError(f"{path.name}: a board manifest of more than {_MANIFEST_LIMIT_BYTES:,} bytes")
        board = Board.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{path.name}: not a readable board manifest: {clean_line(str(error))}") from error
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        raise UsageError(f"{path.name}: not a valid board manifest: {clean_line(faults)}") from error
    if board.id != path.stem:
        raise UsageError(f"{path.name}: its id is {board.id!r}; the file must have the same name")
    return board
