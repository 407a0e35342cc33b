"""Whether a proposal is too like one that was tried: the same network in other words, or settings a hair apart."""

import ast
import math
from collections.abc import Sequence
from dataclasses import dataclass

from nanosmith.tools.specs.base import Record
from nanosmith.tools.specs.candidate import FrontEnd, Proposal, TrainingSettings

_HAIR = 0.1
"""Numbers closer than this share of the larger one train the same, within what seeds do to a score."""


@dataclass(frozen=True)
class Tried:
    """An earlier candidate and how its trial ended."""

    candidate: str
    source: str
    front_end: FrontEnd
    training: TrainingSettings
    status: str
    """`complete`, `failed`, `timed_out`, or `untried`."""


def repetition(proposal: Proposal, earlier: Sequence[Tried]) -> tuple[str, ...]:
    """Why a proposal need not be trained, a sentence; empty where it is new.

    A network that failed fails again whatever the training settings; one that timed out does with as many epochs. One
    that completed is a repetition when every number of its settings is within a tenth of the earlier one's.
    """
    network = _network(proposal.source)
    for tried in earlier:
        if proposal.front_end != tried.front_end or network != _network(tried.source):
            continue
        if tried.status == "failed":
            return (
                f"it is the network and front-end of {tried.candidate}, which failed; other training settings don't "
                "mend that: change the network or the front-end",
            )
        if tried.status == "timed_out" and proposal.training.epochs >= tried.training.epochs:
            return (f"it is {tried.candidate}, which ran out of time, with as many epochs; make it smaller or shorter",)
        if tried.status in ("complete", "untried") and _is_close(proposal.training, tried.training):
            return (
                f"it is {tried.candidate} once more: the same network and front-end, and training settings that "
                "differ by less than a tenth; change something that matters",
            )
    return ()


def _network(source: str) -> str:
    """The program without layout, comments, docstrings and annotations; the text itself where it can't be read."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return source
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef():
                node.returns = None
                _drop_docstring(node)
            case ast.Module():
                _drop_docstring(node)
            case ast.arg():
                node.annotation = None
            case _:
                continue
    try:
        return ast.dump(tree)
    except RecursionError:
        return source


def _drop_docstring(node: ast.FunctionDef | ast.Module) -> None:
    if len(node.body) > 1 and ast.get_docstring(node, clean=False) is not None:
        del node.body[0]


def _is_close(first: Record, second: Record) -> bool:
    return _all_close(first.model_dump(), second.model_dump())


def _all_close(first: object, second: object) -> bool:
    if isinstance(first, dict) and isinstance(second, dict):
        return first.keys() == second.keys() and all(_all_close(first[key], second[key]) for key in first)
    is_number = isinstance(first, int | float) and isinstance(second, int | float)
    if is_number and not isinstance(first, bool):
        return math.isclose(float(first), float(second), rel_tol=_HAIR)  # type: ignore[arg-type]
    return first == second
