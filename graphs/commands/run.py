"""`nanosmith run`: from one sentence to proven firmware."""

import re
from pathlib import Path
from typing import Annotated

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
    max_tokens: Annotated[int | None, typer.Option(min=1, help="Tokens for the whole run.")] = None,
    max_cost: Annotated[float | None, typer.Option(min=0, help="Money for the whole run, USD.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same result.")] = _DEFAULTS.seed,
    llm_base_url: LlmBaseUrl = None,
    llm_model: LlmModel = None,
    plain: Plain = False,
    json: Json = False,
    unsafe_no_sandbox: Annotated[
        bool, typer.Option("--unsafe-no-sandbox", help="Run generated code without walls. Means what it says.")
    ] = False,
) -> None:
    """Plan, train, compile, build and prove firmware. Exit status: 0 contract met, 3 not met, 1 error, 2 usage."""
    limits = Limits(
        rounds=rounds, candidates_per_round=candidates, workers=workers, time_s=time_limit * 60 or None,
        training_s=training_limit * 60, tokens=max_tokens, cost_usd=max_cost, seed=seed,
    )  # fmt: skip
    _check_request(goal, data)
    folder = (out or _new_folder(goal)).resolve()
    _begin(
        goal, data.resolve(), board, folder, limits,
        llm=(llm_base_url, llm_model), sandboxed=not unsafe_no_sandbox, mode=view_mode(plain=plain, json=json),
    )  # fmt: skip


def _begin(
    goal: str, data: Path, board: str | None, folder: Path, limits: Limits, *,
    llm: tuple[str | None, str | None], sandboxed: bool, mode: ViewMode,
) -> None:  # fmt: skip
    from nanosmith.graphs.driving import choose_mind, drive_folder
    from nanosmith.graphs.request import RunRequest, save_request
    from nanosmith.tools.firmware.boards import find_board

    board_id = None if board is None else find_board(board).id
    if (folder / "request.json").exists():
        raise UsageError(f"{folder} already holds a run; `nanosmith resume {folder}` goes on with it")
    choice = choose_mind(base_url=llm[0], model=llm[1])
    request = RunRequest(
        run=folder.name, goal=goal, data=str(data), board=board_id, limits=limits, mind=choice.name,
        llm_base_url=choice.base_url, llm_model=choice.model, sandboxed=sandboxed,
    )  # fmt: skip
    save_request(folder, request)
    summary = drive_folder(folder, mode=mode)
    raise typer.Exit(EXIT_STATUS[summary.status])


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
