"""C for models that go on from one run to the next: how many bytes of the arena that takes, and how to begin anew."""

from nanosmith.tools.compiler.memory import Memory


def state_declarations(memory: Memory, name: str) -> str:
    """Part of the header; empty for a model without state."""
    if not memory.states:
        return ""
    upper = name.upper()
    return (
        f"/* This model keeps state: the last {upper}_STATE_BYTES of the arena go on from one run to the next, as\n"
        f" * TensorFlow Lite's variable tensors do: leave them alone between runs. {name}_reset puts them\n"
        f" * back to zero: call it before the first run and before each that does not go on from the last. */\n"
        f"#define {upper}_STATE_BYTES {memory.state_bytes}u\n"
        f"void {name}_reset(uint8_t *arena);\n\n"
    )


def reset_function(memory: Memory, name: str) -> str:
    """Part of the source; empty for a model without state."""
    if not memory.states:
        return ""
    regions = sorted(memory.states.values(), key=lambda region: region.offset)
    body = "".join(f"    memset(arena + {r.offset}, {r.fill}, {r.size});\n" for r in regions)
    return f"\nvoid {name}_reset(uint8_t *arena)\n{{\n{body}}}\n"
