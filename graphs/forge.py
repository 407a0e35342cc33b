"""The whole graph on one screen.

survey -> plan -> agree -> propose -> train (one branch a candidate) -> measure -> critique -> propose again
          plan <- agree                                                                    -> firmware
firmware -> approve -> build -> rehearse -> verify -> report
                       build -> mend -> build again
                                rehearse -> mend
"""

from langgraph.graph import END, START, StateGraph

from nanosmith.graphs.nodes.agree import agree
from nanosmith.graphs.nodes.build import approve, build, mend, write_firmware
from nanosmith.graphs.nodes.critique import critique
from nanosmith.graphs.nodes.measure import measure
from nanosmith.graphs.nodes.plan import plan
from nanosmith.graphs.nodes.propose import propose
from nanosmith.graphs.nodes.rehearse import rehearse
from nanosmith.graphs.nodes.report import report
from nanosmith.graphs.nodes.survey import survey
from nanosmith.graphs.nodes.train import train
from nanosmith.graphs.nodes.verify import verify
from nanosmith.graphs.routes import after_agree, after_build, after_critique, after_rehearse, train_each
from nanosmith.graphs.services import Services
from nanosmith.graphs.state import RunState


def forge() -> StateGraph[RunState, Services]:
    """The state machine, uncompiled: callers bring their own checkpointer."""
    graph = StateGraph(RunState, context_schema=Services)
    graph.add_node("survey", survey)
    graph.add_node("plan", plan)
    graph.add_node("agree", agree)
    graph.add_node("propose", propose)
    graph.add_node("train", train)
    graph.add_node("measure", measure)
    graph.add_node("critique", critique)
    graph.add_node("firmware", write_firmware)
    graph.add_node("approve", approve)
    graph.add_node("build", build)
    graph.add_node("mend", mend)
    graph.add_node("rehearse", rehearse)
    graph.add_node("verify", verify)
    graph.add_node("report", report)

    graph.add_edge(START, "survey")
    graph.add_edge("survey", "plan")
    graph.add_edge("plan", "agree")
    graph.add_conditional_edges("agree", after_agree, ["plan", "propose"])
    graph.add_conditional_edges("propose", train_each, ["train", "critique"])
    graph.add_edge("train", "measure")
    graph.add_edge("measure", "critique")
    graph.add_conditional_edges("critique", after_critique, ["propose", "firmware", "report"])
    graph.add_edge("firmware", "approve")
    graph.add_edge("approve", "build")
    graph.add_conditional_edges("build", after_build, ["rehearse", "mend", "report"])
    graph.add_conditional_edges("rehearse", after_rehearse, ["verify", "mend"])
    graph.add_edge("mend", "build")
    graph.add_edge("verify", "report")
    graph.add_edge("report", END)
    return graph
