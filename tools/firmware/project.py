"""Renders `firmware_templates/` into a whole PlatformIO project."""

import math
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path, PurePosixPath

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from nanosmith.tools.decisions.library import decision_settings, decision_sources
from nanosmith.tools.firmware.c_text import comment_text, enumerators, string_literal
from nanosmith.tools.firmware.number import FixedNumber, digits_text
from nanosmith.tools.firmware.threshold import fixed_thresholds
from nanosmith.tools.run_folder import write_atomic
from nanosmith.tools.specs.board import Board
from nanosmith.tools.specs.decision import Decision
from nanosmith.tools.specs.device_spec import Spec, Target

EMULATED = "emulated"
"""The environment for the local platform, PlatformIO's default in every project."""

DEVICE = "device"
"""The environment for the real board, where PlatformIO's registry has one."""

_TEMPLATES = Path(__file__).resolve().parents[2] / "firmware_templates"
_FIXED = ("app_line.c", "main.c", "marks.h", "port.h", "sensor.h", "sensor_replay.c")
_REFERENCE = ("reference.c", "reference.h")
_RENDERED = ("app.h", "classes.c", "device.h")
_RENDERED_NUMBER = ("app.h", "number.c", "device.h")


@dataclass(frozen=True)
class StreamShape:
    """How raw samples come: what `sensor_read` gives and when an answer is due."""

    sample_floats: int
    """Values in one sample: channels, or one row of pixels times its colors."""

    window_samples: int
    hop_samples: int
    reference_samples: int = 0
    """At the start of a recording, before the first window."""

    @classmethod
    def of(cls, spec: Spec, sample_shape: tuple[int, ...]) -> "StreamShape":
        """From the spec and the shape of one raw window, [samples, channels] or [height, width, colors]."""
        if len(sample_shape) == 3:
            height, width, colors = sample_shape
            return cls(width * colors, height, height)
        return cls(sample_shape[1], sample_shape[0], spec.window.hop, spec.window.reference)


def app_header(spec: Spec) -> str:
    """The text of `app.h` for this device: what an application implements and what it may call."""
    return _render(_template_of("app.h", spec), _context(spec, spec.window.hop))


def example_application(spec: Spec | None = None) -> str:
    """The application that ships: reports each change of the class in force; of a number each that is worth it.

    Tells alarms where the number has limits. Works with every `app.h` of its task.
    """
    name = "app_stock.c"
    if spec is not None and spec.target is not None:
        name = "app_stock_threshold.c" if spec.behavior.thresholds else "app_stock_number.c"
    return (_TEMPLATES / "project" / name).read_text(encoding="utf-8")


def _template_of(name: str, spec: Spec) -> str:
    return "app_number.h" if name == "app.h" and spec.target is not None else name


def render_project(
    *, spec: Spec, board: Board, model: dict[str, str], front_end: dict[str, str], application: str,
    sample_shape: tuple[int, ...], decision: Decision | None = None, provenance: str | None = None,
    number: FixedNumber | None = None,
) -> dict[str, str]:  # fmt: skip
    """Every file of a PlatformIO project, by relative path; the same arguments give the same bytes.

    Args:
        spec: Classes, channels, window and behavior.
        board: Where it shall run; its local environment is `emulated`, the real board's `device`.
        model: `model.h`, `model.c` and kernels; put in `src/model`.
        front_end: `front_end.h`, `front_end.c` and their sources; put in `src/front_end`.
        application: `src/app.c`, taken as it is so that the compiler's line numbers hold.
        decision: How answers become reports; None where the answer is a number.
        sample_shape: Of one raw window, [samples, channels] or [height, width, colors].
        number: What the model's output byte stands for where the task is a number.
        provenance: One line for the head of every generated file; says version, board and goal where None.

    Raises:
        ValueError: A file name of `model` or `front_end` is not a plain one, or the number's scale is missing.

    """
    shape = StreamShape.of(spec, sample_shape)
    context = _context(spec, shape.hop_samples, provenance or _provenance(spec, board))
    context |= _board_context(spec, board, shape)
    settings = {} if decision is None else decision_settings(decision, len(spec.classes))
    context["decision"] = {name: value for name, value in settings.items() if name != "classes"}
    files = {"platformio.ini": _render("platformio.ini", context), "README.md": _render("README.md", context)}
    if spec.target is not None and number is None:
        raise ValueError("a number's firmware needs to know what the model's output stands for")
    context["number"] = number
    rendered = _RENDERED if number is None else _RENDERED_NUMBER
    files |= {f"src/{name}": _render(_template_of(name, spec), context) for name in rendered}
    files |= {f"src/{name}": (_TEMPLATES / "project" / name).read_text(encoding="utf-8") for name in _FIXED}
    if shape.reference_samples:
        files |= {f"src/{name}": (_TEMPLATES / "project" / name).read_text(encoding="utf-8") for name in _REFERENCE}
    files |= {f"src/{path.name}": path.read_text(encoding="utf-8") for path in _ports(board)}
    files |= {f"src/model/{_plain(name)}": text for name, text in model.items()}
    files |= {f"src/front_end/{_plain(name)}": text for name, text in front_end.items()}
    if decision is not None:
        files |= {f"src/decision/{name}": text for name, text in decision_sources().items()}
    files["src/app.c"] = application
    return dict(sorted(files.items()))


def write_project(files: dict[str, str], folder: Path) -> None:
    """Write the files; sources of an earlier project in the same folder that are not among them are removed."""
    for old in sorted((folder / "src").rglob("*.[ch]*")):
        if old.is_file() and old.relative_to(folder).as_posix() not in files:
            old.unlink()
    for name, text in files.items():
        path = folder / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            write_atomic(path, text.encode("utf-8"))


def _plain(name: str) -> str:
    if PurePosixPath(name).name != name or name.startswith("."):
        raise ValueError(f"{name!r} is not a plain file name")
    return name


def _ports(board: Board) -> list[Path]:
    folders = ["baremetal"]
    if board.official is not None and board.official.framework is not None:
        folders.append(board.official.framework)
    return sorted(path for folder in folders for path in (_TEMPLATES / "ports" / folder).iterdir() if path.is_file())


def _provenance(spec: Spec, board: Board) -> str:
    return f"Generated by Nanosmith {version('nanosmith')} for {board.id}: {spec.title}"


def _context(spec: Spec, hop_samples: int, provenance: str | None = None) -> dict[str, object]:
    rate = spec.window.rate_hz
    ms = 0.0 if rate is None else 1000.0 / rate
    return {
        "provenance": comment_text(provenance or f"Generated by Nanosmith {version('nanosmith')}: {spec.title}"),
        "class_names": enumerators(spec.classes),
        "class_labels": [comment_text(name, limit=60) for name in spec.classes],
        "class_strings": [string_literal(name) for name in spec.classes],
        "target": None if spec.target is None else _number_context(spec, spec.target),
        "thresholds": _threshold_context(spec),
        "answer_ms": round(ms * hop_samples),
        "hop_samples": hop_samples,
        "sample_ms_q20": min(2**32 - 1, round(math.ldexp(ms, 20))),
    }


def _number_context(spec: Spec, target: Target) -> dict[str, object]:
    """A change is worth a line from half the error on that the contract allows."""
    last_digits = 10**target.decimals
    unit = target.unit or ""
    return {
        "name": comment_text(target.name, limit=60),
        "unit": string_literal(unit) if unit else None,
        "unit_text": comment_text(unit or "the data's unit", limit=20),
        "decimals": target.decimals,
        "last_digits": last_digits,
        "step": report_step(spec),
    }


def _threshold_context(spec: Spec) -> list[dict[str, object]]:
    if spec.target is None:
        return []
    decimals = spec.target.decimals
    return [
        {
            "enter": fixed.enter, "leave": fixed.leave, "is_below": fixed.is_below, "answers": fixed.answers,
            "string": string_literal(fixed.text), "comment": comment_text(fixed.text, limit=60),
            "over": digits_text(fixed.leave, decimals),
        }
        for fixed in fixed_thresholds(spec.target, spec.behavior.thresholds)
    ]  # fmt: skip


def report_step(spec: Spec) -> int:
    """Change, in last digits, from which a number is reported anew: half the error that the contract allows."""
    assert spec.target is not None  # noqa: S101  for the type checker
    return max(1, min(2**31 - 1, round(spec.metric_limit / 2 * 10.0**spec.target.decimals)))


def _board_context(spec: Spec, board: Board, shape: StreamShape) -> dict[str, object]:
    rate = spec.window.rate_hz
    has_channels = shape.sample_floats == len(spec.channels)
    channels = [comment_text(name, limit=60) for name in spec.channels]
    names = channels if has_channels else [f"pixel {i}" for i in range(shape.sample_floats)]
    lines = [f"sample[{index}] = 0.0f; /* {name} */" for index, name in enumerate(names[:8])]
    if len(names) > len(lines):
        lines.append(f"/* ... up to sample[{len(names) - 1}] */")
    return {
        "board": board,
        "window_samples": shape.window_samples,
        "reference_samples": shape.reference_samples,
        "time_grid": spec.window.grid,
        "official": board.official if board.official and board.official.framework else None,
        "machine": "-" if board.emulation is None else board.emulation.machine,
        "title": comment_text(spec.title),
        "goal": comment_text(spec.goal, limit=2_000),
        "sample_text": ", ".join(channels)
        if has_channels
        else f"one row of {shape.sample_floats} pixel values, 0 to 255",
        "sample_lines": lines,
        "rate_text": "" if rate is None else f" at {rate:g} Hz",
        "rate_advice": "" if rate is None else f", at {rate:g} samples a second",
    }


def _render(name: str, context: dict[str, object]) -> str:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES / "project"), undefined=StrictUndefined, keep_trailing_newline=True,
        trim_blocks=True, lstrip_blocks=True, autoescape=False,  # noqa: S701 - C and ini, nothing a browser reads
    )  # fmt: skip
    return environment.get_template(f"{name}.j2").render(context)
