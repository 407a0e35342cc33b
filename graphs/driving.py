"""Put a run together: its request, its mind, its view; then drive it."""

import sys
from dataclasses import dataclass
from pathlib import Path

from langgraph.config import get_stream_writer
from rich.console import Console

from nanosmith.agents.brief import Role
from nanosmith.agents.builtin.mind import BuiltinMind
from nanosmith.agents.llm import LlmMind
from nanosmith.agents.llm_exchanges import Recorder, Replayer, read_recording
from nanosmith.agents.llm_settings import load_settings
from nanosmith.agents.mind import Mind
from nanosmith.graphs.commands.options import ViewMode, cache_folder
from nanosmith.graphs.events import AgentSaid
from nanosmith.graphs.request import RunRequest, load_request
from nanosmith.graphs.responding import Nobody, Terminal
from nanosmith.graphs.run import RunDriver
from nanosmith.graphs.trace import open_view
from nanosmith.tools.errors import LanguageModelError
from nanosmith.tools.specs.run import RunSummary

_BUILTIN_NOTE = "no language model is configured, so the built-in engineer thinks (rules and search)"


@dataclass(frozen=True)
class MindChoice:
    """Who will think in a new run; the key is not part of it."""

    name: str
    base_url: str | None = None
    model: str | None = None


def choose_mind(*, base_url: str | None, model: str | None, replay: Path | None = None) -> MindChoice:
    """The model of a recording, else the configured language model, else the built-in engineer."""
    if replay is not None:
        header, _ = read_recording(replay)
        return MindChoice(f"language model {header.model}, replayed", None, header.model)
    settings = load_settings(base_url=base_url, model=model)
    if settings is None:
        return MindChoice(BuiltinMind().name)
    return MindChoice(f"language model {settings.model}", settings.base_url, settings.model)


def drive_folder(folder: Path, *, mode: ViewMode, approves: bool = False) -> RunSummary:
    """Begin or go on with the run in `folder`; errors as `RunDriver.drive`.

    `approves`: what waits for the user's approval is approved, and questions take their defaults.
    """
    request = load_request(folder)
    console = Console(highlight=False)
    view = open_view(mode, console)
    is_terminal = mode != "json" and console.is_terminal and sys.stdin.isatty()
    responder = Terminal(console, view.aside, approves) if is_terminal else Nobody(approves)
    try:
        driver = RunDriver(
            folder=folder, request=request, mind=_mind(request, folder), view=view, cache=cache_folder(),
            responder=responder,
            mind_note=_BUILTIN_NOTE if request.llm_model is None else "",
        )  # fmt: skip
        return driver.drive()
    finally:
        view.close()


def _mind(request: RunRequest, folder: Path) -> Mind:
    if request.llm_model is None:
        return BuiltinMind()
    if request.replay is not None:
        replayer = Replayer(Path(request.replay))
        return LlmMind(replayer.header.settings(), journal=folder / "calls", on_text=_say, replayer=replayer)
    settings = load_settings(base_url=request.llm_base_url, model=request.llm_model)
    if settings is None:
        raise LanguageModelError(f"the run thinks with {request.llm_model}, which is not configured any more")
    recorder = None if request.record is None else Recorder(Path(request.record), settings)
    return LlmMind(settings, journal=folder / "calls", on_text=_say, recorder=recorder)


def _say(role: Role, text: str) -> None:
    """Called in a node's thread, whose stream LangGraph knows."""
    get_stream_writer()(AgentSaid(role=role, text=text).model_dump(mode="json"))
