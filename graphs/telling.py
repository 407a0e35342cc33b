"""How nodes tell what they do: events go out on LangGraph's custom stream and the driver records and shows them."""

from langgraph.runtime import Runtime

from nanosmith.agents.briefs import Role
from nanosmith.graphs.events import AgentThinking, Event, NodeEntered
from nanosmith.graphs.services import Services


def tell(runtime: Runtime[Services], event: Event) -> None:
    """Put one event on the stream."""
    runtime.stream_writer(event.model_dump(mode="json"))


def enter(runtime: Runtime[Services], node: str) -> Services:
    """Say that a node begins; a safe point for a stop that was asked for."""
    runtime.context.check_stop()
    tell(runtime, NodeEntered(node=node))
    return runtime.context


def tell_thinking(runtime: Runtime[Services], role: Role, about: str, notes: tuple[str, ...] = ()) -> None:
    """Say that an agent was given a brief, and how many notes of the user it carries."""
    carried = f", with {len(notes)} note{'s' if len(notes) > 1 else ''} of yours" if notes else ""
    tell(runtime, AgentThinking(role=role, about=about + carried))
