"""The page beside a compiled model's C: what each layer costs, and the arena over the calls."""

from nanosmith.tools.compiler.compile import CompiledModel
from nanosmith.tools.report import memory
from nanosmith.tools.report.arena import arena_layers
from nanosmith.tools.report.page import environment
from nanosmith.tools.workbench.cost import ModelCost


def render_model_page(compiled: CompiledModel, cost: ModelCost, title: str) -> str:
    """One HTML file without scripts and without anything from elsewhere. Same model, same bytes."""
    layers = arena_layers(compiled)
    instructions = cost.layers or (None,) * len(compiled.layers)
    return (
        environment()
        .get_template("model.html.j2")
        .render(
            title=title,
            compiled=compiled,
            cost=cost,
            rows=list(zip(compiled.layers, instructions, strict=True)),
            whole=sum(cost.layers) or 1,
            arena=memory.arena_chart(layers),
        )
    )
