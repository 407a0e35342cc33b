"""The graph as LangGraph's own tools load it (`langgraph.json`): uncheckpointed, since they bring their own."""

from langgraph.graph.state import CompiledStateGraph

from nanosmith.graphs.forge import forge
from nanosmith.graphs.services import Services
from nanosmith.graphs.state import RunState


def make_graph() -> CompiledStateGraph[RunState, Services, RunState, RunState]:
    """The state machine, compiled without a checkpointer."""
    return forge().compile()
