"""Keras modules of the built-in coder, from `templates/*.py.j2`."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined


def render_network(family: str, title: str, **described: object) -> str:
    """The module that defines `build_model`, from the template of its family."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701  # Python, not HTML; nothing untrusted is rendered
    )
    return environment.get_template(f"{family}.py.j2").render(title=title, **described)
