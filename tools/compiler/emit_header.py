"""The header of one model: what a firmware engineer reads before calling it."""

from nanosmith.tools.compiler.c_comment import short_name
from nanosmith.tools.compiler.graph import Graph, Tensor
from nanosmith.tools.compiler.memory import Memory

_TEMPLATE = """\
{provenance}#ifndef {upper}_H
#define {upper}_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {{
#endif

/* Memory that a run needs, input and output included; nothing in it outlives the run but those. */
#define {upper}_ARENA_BYTES {arena}u

{input}{output}/* Kernel calls of a run. */
#define {upper}_CALLS {calls}u

/* Where input and output lie in the arena, so that no copies are needed. The input's bytes are overwritten
 * by a run, the output's by the next. The arena has {upper}_ARENA_BYTES, aligned to 16. */
int8_t *{name}_input(uint8_t *arena);
int8_t *{name}_output(uint8_t *arena);

/* Runs the model once. `input` is {name}_input(arena) or memory outside the arena, which is only read;
 * `output` is {name}_output(arena) or memory outside the arena. Nothing is kept outside the arena, so threads may run
 * the model at the same time, each with an arena of its own. */
void {name}_run(uint8_t *arena, const int8_t *input, int8_t *output);

/* The input's int8 for a real value: divided by the scale, rounded half away from zero, limited to -128 .. 127. */
static inline int8_t {name}_quantize_input(float value)
{{
    const float scaled = value / {upper}_INPUT_SCALE;
    const float limited = scaled > -512.0f ? (scaled < 511.0f ? scaled : 511.0f) : -512.0f; /* NaN: the lowest */
    const int32_t whole = (int32_t)limited; /* towards zero */
    const float rest = limited - (float)whole;
    const int32_t q = whole + (rest >= 0.5f) - (rest <= -0.5f) + {upper}_INPUT_ZERO_POINT;

    return (int8_t)(q < -128 ? -128 : q > 127 ? 127 : q);
}}

/* The real value of one byte of the output. */
static inline float {name}_dequantize_output(int8_t q)
{{
    return {upper}_OUTPUT_SCALE * (float)(q - {upper}_OUTPUT_ZERO_POINT);
}}

/* Built with -D{upper}_PROFILE=your_function, the model calls it with k before kernel call k, and with
 * {upper}_CALLS after the last one: read a cycle counter, raise a pin. Without it there is no code for this. */
#ifdef {upper}_PROFILE
void {upper}_PROFILE(uint32_t call);
#endif

#ifdef __cplusplus
}}
#endif

{memory_map}
#endif
"""


def emit_header(graph: Graph, memory: Memory, name: str, provenance: str) -> str:
    """Text of `<name>.h`."""
    upper = name.upper()
    return _TEMPLATE.format(
        provenance=provenance, name=name, upper=upper, arena=max(memory.plan.total_bytes, 4), calls=len(memory.steps),
        input=_tensor_macros(graph.tensors[graph.input], upper, "INPUT"),
        output=_tensor_macros(graph.tensors[graph.output], upper, "OUTPUT"), memory_map=_memory_map(memory),
    )  # fmt: skip


def _tensor_macros(tensor: Tensor, upper: str, role: str) -> str:
    low = tensor.scale * (-128 - tensor.zero_point)
    high = tensor.scale * (127 - tensor.zero_point)
    return (
        f"/* {role.lower()} {list(tensor.shape)} int8, row-major;\n"
        f" * real = SCALE * (q - ZERO_POINT), from {low:.6g} to {high:.6g} */\n"
        f"#define {upper}_{role}_BYTES {tensor.elements}u\n"
        f"#define {upper}_{role}_SCALE {tensor.scale.hex()}f /* {tensor.scale:.9g} */\n"
        f"#define {upper}_{role}_ZERO_POINT ({tensor.zero_point})\n\n"
    )


def _memory_map(memory: Memory) -> str:
    rows = [
        f" *   {offset:>7} .. {offset + block.size:<7} calls {max(block.first, 0):>3} .. "
        f"{min(block.last, len(memory.steps) - 1):<3} {short_name(block.name)}"
        for block, offset in zip(memory.blocks, memory.plan.offsets, strict=True)
    ]
    total, bound = memory.plan.total_bytes, memory.plan.lower_bound
    head = f"/* Arena: {total} bytes, at least {bound} by what is alive at once. Bytes, calls, tensor:"
    return "\n".join([head, *rows]) + " */\n"
