"""Put a run together: its request, its mind, its view; then drive it."""

from dataclasses import dataclass
from pathlib import Path

from langgraph.config import get_stream_writer
from rich.console import Console

from nanosmith.agents.brief import Role
from nanosmith.agents.builtin.mind import BuiltinMind
from nanosmith.agents.llm import LlmMind
from nanosmith.agents.llm_settings import load_settings
from nanosmith.agents.mind import Mind
from nanosmith.graphs.commands.options import ViewMode, cache_folder
from nanosmith.graphs.events import AgentSaid
from nanosmith.graphs.request import RunRequest, load_request
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


def choose_mind(*, base_url: str | None, model: str | None) -> MindChoice:
    """The configured language model, else the built-in engineer."""
    settings = load_settings(base_url=base_url, model=model)
    if settings is None:
        return MindChoice(BuiltinMind().name)
    return MindChoice(f"language model {settings.model}", settings.base_url, settings.model)


def drive_folder(folder: Path, *, mode: ViewMode) -> RunSummary:
    """Begin or go on with the run in `folder`; errors as `RunDriver.drive`."""
    request = load_request(folder)
    view = open_view(mode, Console(highlight=False))
    try:
        driver = RunDriver(
            folder=folder, request=request, mind=_mind(request, folder), view=view, cache=cache_folder(),
            mind_note=_BUILTIN_NOTE if request.llm_model is None else "",
        )  # fmt: skip
        return driver.drive()
    finally:
        view.close()


def _mind(request: RunRequest, folder: Path) -> Mind:
    if request.llm_model is None:
        return BuiltinMind()
    settings = load_settings(base_url=request.llm_base_url, model=request.llm_model)
    if settings is None:
        raise LanguageModelError(f"the run thinks with {request.llm_model}, which is not configured any more")
    return LlmMind(settings, journal=folder / "calls", on_text=_say)


def _say(role: Role, text: str) -> None:
    """Called in a node's thread, whose stream LangGraph knows."""
    get_stream_writer()(AgentSaid(role=role, text=text).model_dump(mode="json"))
