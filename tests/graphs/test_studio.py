"""`langgraph.json`: LangGraph's own tools find the graph, whole and uncheckpointed."""

import importlib.util
import json
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_langgraph_json_names_a_graph_that_loads() -> None:
    config = json.loads((ROOT / "langgraph.json").read_text())
    file, _, function = config["graphs"]["forge"].partition(":")
    spec = importlib.util.spec_from_file_location("studio", ROOT / file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    graph = getattr(module, function)()
    nodes = {"survey", "plan", "propose", "train", "measure", "critique", "firmware", "build", "verify", "report"}
    assert nodes <= set(graph.get_graph().nodes)
    assert graph.checkpointer is None
