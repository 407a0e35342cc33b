"""The whole graph on one screen.

survey -> plan -> propose -> train (one branch a candidate) -> measure -> critique -> propose again
                                                                                   -> firmware -> build -> verify -> report
                                                                                                  build <-> mend
"""

from langgraph.graph import END, START, StateGraph

from nanosmith.graphs.nodes.build import build, mend, write_firmware
from nanosmith.graphs.nodes.critique import critique
from nanosmith.graphs.nodes.measure import measure
from nanosmith.graphs.nodes.plan import plan
from nanosmith.graphs.nodes.propose import propose
from nanosmith.graphs.nodes.report import report
from nanosmith.graphs.nodes.survey import survey
from nanosmith.graphs.nodes.train import train
from nanosmith.graphs.nodes.verify import verify
from nanosmith.graphs.routes import after_build, after_critique, train_each
from nanosmith.graphs.services import Services
from nanosmith.graphs.state import RunState

NODES = (
    "survey", "plan", "propose", "train", "measure", "critique", "firmware", "build", "mend", "verify", "report",
)  # fmt: skip


def forge() -> StateGraph[RunState, Services]:
    """The state machine, uncompiled: callers bring their own checkpointer."""
    graph = StateGraph(RunState, context_schema=Services)
    for name, node in zip(
        NODES,
        (survey, plan, propose, train, measure, critique, write_firmware, build, mend, verify, report),
        strict=True,
    ):
        graph.add_node(name, node)
    graph.add_edge(START, "survey")
    graph.add_edge("survey", "plan")
    graph.add_edge("plan", "propose")
    graph.add_conditional_edges("propose", train_each, ["train", "critique"])
    graph.add_edge("train", "measure")
    graph.add_edge("measure", "critique")
    graph.add_conditional_edges("critique", after_critique, ["propose", "firmware", "report"])
    graph.add_edge("firmware", "build")
    graph.add_conditional_edges("build", after_build, ["verify", "mend", "report"])
    graph.add_edge("mend", "build")
    graph.add_edge("verify", "report")
    graph.add_edge("report", END)
    return graph
