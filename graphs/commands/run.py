"""`nanosmith run`: from one sentence to proven firmware."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import typer

from nanosmith.graphs.commands.options import (
    EXIT_STATUS,
    RUNS_FOLDER,
    Json,
    LlmBaseUrl,
    LlmModel,
    Plain,
    ViewMode,
    view_mode,
)
from nanosmith.tools.errors import DataError, UsageError
from nanosmith.tools.specs.device_spec import Limits

_DEFAULTS = Limits()
Subject = Literal["plan", "firmware"]


def run(
    goal: Annotated[str, typer.Argument(help="What the device should do, in a sentence.")],
    data: Annotated[Path, typer.Option("--data", help="Folder of recordings, or one .npz.")],
    board: Annotated[str | None, typer.Option("--board", help="Board id; `nanosmith boards` lists them.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Run folder to make; default: a new one in ./runs.")] = None,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds of proposals at most.")] = _DEFAULTS.rounds,
    candidates: Annotated[int, typer.Option(min=1, max=8, help="Candidates a round.")] = _DEFAULTS.candidates_per_round,
    workers: Annotated[int, typer.Option(min=1, max=16, help="Trainings side by side.")] = _DEFAULTS.workers,
    time_limit: Annotated[
        float, typer.Option(min=0, help="Minutes for the search; then the best so far is delivered. 0: no limit.")
    ] = (_DEFAULTS.time_s or 0) / 60,
    training_limit: Annotated[float, typer.Option(min=0.05, help="Minutes for one training.")] = (
        _DEFAULTS.training_s / 60
    ),
    max_calls: Annotated[int | None, typer.Option(min=1, help="Calls of a language model for the whole run.")] = None,
    max_tokens: Annotated[int | None, typer.Option(min=1, help="Tokens for the whole run.")] = None,
    max_cost: Annotated[float | None, typer.Option(min=0, help="Money for the whole run, USD.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same result.")] = _DEFAULTS.seed,
    llm_base_url: LlmBaseUrl = None,
    llm_model: LlmModel = None,
    record: Annotated[Path | None, typer.Option("--record", help="Keep every exchange with the model there.")] = None,
    replay: Annotated[Path | None, typer.Option("--replay", help="Run from such a file, without a model.")] = None,
    approve: Annotated[str, typer.Option("--approve", help="Pause for approval: plan, firmware, or both.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing: questions take their stated defaults.")] = False,
    plain: Plain = False,
    json: Json = False,
    unsafe_no_sandbox: Annotated[
        bool, typer.Option("--unsafe-no-sandbox", help="Run generated code without walls. Means what it says.")
    ] = False,
) -> None:
    """Plan, train, compile, build and prove firmware. Exit status: 0 contract met, 3 not met, 1 error, 2 usage."""
    limits = Limits(
        rounds=rounds, candidates_per_round=candidates, workers=workers, time_s=time_limit * 60 or None,
        training_s=training_limit * 60, calls=max_calls, tokens=max_tokens, cost_usd=max_cost, seed=seed,
    )  # fmt: skip
    _check_request(goal, data)
    folder = (out or _new_folder(goal)).resolve()
    _begin(
        goal, data.resolve(), board, folder, limits, Manners(
            llm_base_url, llm_model, record and record.resolve(), replay and replay.resolve(), _subjects(approve),
            asks=not yes, sandboxed=not unsafe_no_sandbox, mode=view_mode(plain=plain, json=json),
        ),
    )  # fmt: skip


@dataclass(frozen=True)
class Manners:
    """How a run deals with the world: who thinks, what is kept, what is asked, what is shown."""

    llm_base_url: str | None
    llm_model: str | None
    record: Path | None
    replay: Path | None
    approve: tuple[Subject, ...]
    asks: bool
    sandboxed: bool
    mode: ViewMode


def _begin(goal: str, data: Path, board: str | None, folder: Path, limits: Limits, manners: Manners) -> None:
    from nanosmith.graphs.driving import choose_mind, drive_folder
    from nanosmith.graphs.request import RunRequest, save_request
    from nanosmith.tools.firmware.boards import find_board

    board_id = None if board is None else find_board(board).id
    if (folder / "request.json").exists():
        raise UsageError(f"{folder} already holds a run; `nanosmith resume {folder}` goes on with it")
    choice = choose_mind(base_url=manners.llm_base_url, model=manners.llm_model, replay=manners.replay)
    if manners.record is not None and (choice.model is None or manners.replay is not None):
        raise UsageError("--record keeps exchanges with a language model, and none is configured for this run")
    request = RunRequest(
        run=folder.name, goal=goal, data=str(data), board=board_id, limits=limits, mind=choice.name,
        llm_base_url=choice.base_url, llm_model=choice.model, sandboxed=manners.sandboxed, approve=manners.approve,
        asks=manners.asks, record=None if manners.record is None else str(manners.record),
        replay=None if manners.replay is None else str(manners.replay),
    )  # fmt: skip
    save_request(folder, request)
    summary = drive_folder(folder, mode=manners.mode)
    raise typer.Exit(EXIT_STATUS[summary.status])


def _subjects(text: str) -> tuple[Subject, ...]:
    named = [part.strip() for part in text.split(",") if part.strip()]
    unknown = sorted(set(named) - {"plan", "firmware"})
    if unknown:
        raise UsageError(f"--approve takes plan, firmware, or both with a comma between; not {', '.join(unknown)}")
    return tuple(subject for subject in ("plan", "firmware") if subject in named)


def _check_request(goal: str, data: Path) -> None:
    if not goal.strip():
        raise UsageError("the goal is empty; say in a sentence what the device should do")
    if not data.exists():
        raise DataError(f"there is no folder or file {data}; --data names the recordings")


def _new_folder(goal: str) -> Path:
    words = re.findall(r"[a-z0-9]+", goal.lower())
    slug = "-".join(word for word in words if word not in {"a", "an", "the", "that", "which"})[:32].strip("-")
    numbers = [int(path.name[:4]) for path in RUNS_FOLDER.glob("[0-9][0-9][0-9][0-9]*")]
    return RUNS_FOLDER / f"{max(numbers, default=0) + 1:04d}-{slug or 'run'}"
