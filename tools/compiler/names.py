"""C names for layers."""

import re

from nanosmith.tools.compiler.graph import Graph, keras_layer
from nanosmith.tools.compiler.step import Step

_RESERVED = frozenset({
    "arena", "input", "output", "memory", "main", "memset", "memcpy", "memmove",
    "auto", "break", "case", "char", "const", "continue", "default", "do", "double", "else", "enum", "extern", "float",
    "for", "goto", "if", "inline", "int", "long", "register", "restrict", "return", "short", "signed", "sizeof",
    "static", "struct", "switch", "typedef", "union", "unsigned", "void", "volatile", "while",
})  # fmt: skip
_LONGEST = 40


def layer_names(graph: Graph, steps: tuple[Step, ...], prefix: str) -> tuple[str, ...]:
    """A C name for each call, unique, from the Keras layer where it is known."""
    taken: set[str] = set()
    names = []
    for number, step in enumerate(steps):
        layer = keras_layer(graph.tensors[step.output].name)
        base = re.sub(r"[^a-z0-9]+", "_", (layer or step.operator).lower()).strip("_")[:_LONGEST] or "layer"
        if base[0].isdigit() or base in _RESERVED or base.startswith(("ns_", prefix.lower())):
            base = f"layer_{base}"
        kind = step.operator.lower().replace("+", "_")[:_LONGEST]
        name = base if base not in taken else f"{base}_{kind}"
        if name in taken:
            name = f"{base}_call{number}"
        taken.add(name)
        names.append(name)
    return tuple(names)
