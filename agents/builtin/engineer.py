"""The built-in embedded engineer: application C from a template, by the reactions that the contract names."""

import re
from functools import cache
from importlib.resources import files

from jinja2 import Environment, StrictUndefined, Template

from nanosmith.agents.builtin.goal.reactions import Reactions, read_reactions
from nanosmith.agents.embedded_engineer import EngineerBrief
from nanosmith.tools.clean_text import clean_line
from nanosmith.tools.specs.application import Application
from nanosmith.tools.specs.device_spec import Spec

_MAX_COUNTERS = 16
"""Four bytes each in a state of at most 128; more counted classes share one counter."""

_CLASS_NAME = re.compile(r"^\s*(\w+) = (\d+),", re.MULTILINE)


def write_application(brief: EngineerBrief) -> Application:
    """The application for a contract; the plainest one that compiles where an earlier one had errors."""
    if brief.errors:
        notes = "Reports each change of class on the serial line; the reactions were left out since they did not build."
        return Application(source=brief.example, notes=notes)
    if brief.spec.target is not None:
        notes = (
            f"Reports {brief.spec.target.name} on the serial line when it changed by half the error allowed, or more."
        )
        for limit in brief.spec.behavior.thresholds:
            notes += f" Alarms {limit.side} {limit.value:g} {brief.spec.target.unit or ''}".rstrip() + "."
        return Application(source=brief.example, notes=clean_line(notes, limit=1_000))
    reactions = read_reactions(brief.spec.behavior.reactions, brief.spec.classes)
    names = _class_names(brief.app_header, len(brief.spec.classes))
    duties = _duties(brief.spec, reactions)
    source = _template().render(
        title=_comment(brief.spec.title), duties=[_comment(line) for line in duties], names=names,
        lit=sorted(reactions.light), alerting=sorted(reactions.alert), counted=sorted(reactions.count),
        counters=1 if len(reactions.count) > _MAX_COUNTERS else len(reactions.count),
    )  # fmt: skip
    return Application(source=source, notes=" ".join(duties)[:1_000])


def _duties(spec: Spec, reactions: Reactions) -> list[str]:
    """What the application does, a sentence a line."""
    lines = ["Reports each change of the class in force on the serial line."]
    for what, indices in (
        ("The LED is on during", reactions.light),
        ("Counts the beginnings of", reactions.count),
        ("Writes an alert line, where a buzzer, radio or relay would be driven, at", reactions.alert),
    ):
        if indices:
            chosen = [spec.classes[index] for index in sorted(indices)]
            listed = ", ".join(chosen[:6]) + (f" and {len(chosen) - 6} more" if len(chosen) > 6 else "")
            lines.append(clean_line(f"{what} {listed}.", limit=300))
    return lines


def _class_names(header: str, count: int) -> list[str]:
    """C names of the classes as the header declares them; plain numbers where it declares none."""
    declared = {int(index): name for name, index in _CLASS_NAME.findall(header)}
    return [declared.get(index, str(index)) for index in range(count)]


def _comment(text: str) -> str:
    """Text that can stand in a C comment and can't end it."""
    line = clean_line(text, limit=300)
    return line.replace("*/", "* /").replace("/*", "/ *").replace("??", "?").replace("\\", "/")


@cache
def _template() -> Template:
    environment = Environment(  # noqa: S701  C source, not HTML
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    return environment.from_string(files(__package__).joinpath("app.c.j2").read_text(encoding="utf-8"))
