"""Takes the float edges off a model: QUANTIZE first and DEQUANTIZE last.

The generated API takes and gives int8 and says scale and zero point; whoever has floats multiplies. TFLM would compute
round(x / scale) + zero_point there, which is what the feature front-end does.
"""

from dataclasses import replace

from nanosmith.tools.compiler.graph import Graph, Operator


def strip_float_edges(graph: Graph) -> Graph:
    """The graph from the first int8 tensor to the last; unchanged where input and output are int8 already."""
    notes = []
    first, last = graph.input, graph.output
    operators = list(graph.operators)
    quantize = _only_reader(operators, first)
    if graph.tensors[first].dtype == "FLOAT32" and quantize is not None and quantize.kind == "QUANTIZE":
        notes.append(f"QUANTIZE of the float input {graph.tensors[first].name} was taken off: feed int8")
        operators.remove(quantize)
        first = quantize.outputs[0]
    dequantize = next((o for o in operators if last in o.outputs), None)
    if graph.tensors[last].dtype == "FLOAT32" and dequantize is not None and dequantize.kind == "DEQUANTIZE":
        notes.append(f"DEQUANTIZE to the float output {graph.tensors[last].name} was taken off: int8 comes out")
        operators.remove(dequantize)
        last = dequantize.inputs[0]
    return replace(
        graph, operators=tuple(operators), input=first, output=last, notes=tuple(notes),
        float_input=first != graph.input, float_output=last != graph.output,
    )  # fmt: skip


def _only_reader(operators: list[Operator], tensor: int) -> Operator | None:
    readers = [o for o in operators if tensor in o.inputs]
    return readers[0] if len(readers) == 1 else None
