"""Good answers for all four roles, made from the prompts alone: what a sensible language model would write.

`scripted_engineer(request)` goes into `OpenAiServer`; it works for any data, so whole runs can be driven through HTTP.
"""

import json
import re
import textwrap
import tomllib
from pathlib import Path
from typing import Any

from openai_server import Request

from nanosmith.agents.builtin import planner
from nanosmith.agents.planner import PlannerBrief
from nanosmith.tools.specs.board import Board
from nanosmith.tools.specs.data_profile import Baseline, ChannelProfile, ClassProfile, DataProfile

_BOARDS = Path(__file__).resolve().parents[2] / "tools" / "boards"

_SERIES = """
    import keras
    from keras import layers


    def build_model(input_shape, classes):
        rows, columns = input_shape
        inputs = keras.Input(input_shape)
        x = layers.Reshape((rows, 1, columns))(inputs)
        x = layers.Conv2D({width}, (5, 1), strides=(2, 1), padding="same", use_bias=False)(x)
        x = layers.ReLU(max_value=6.0)(layers.BatchNormalization()(x))
        for filters, stride in (({middle}, 2), ({top}, 2)):
            x = layers.DepthwiseConv2D((5, 1), strides=stride, padding="same", use_bias=False)(x)
            x = layers.BatchNormalization()(x)
            x = layers.Conv2D(filters, 1, use_bias=False)(x)
            x = layers.ReLU(max_value=6.0)(layers.BatchNormalization()(x))
        x = layers.GlobalAveragePooling2D()(x)
        return keras.Model(inputs, layers.Dense(classes, activation="softmax")(x))
    """
_PLANE = """
    import keras
    from keras import layers


    def build_model(input_shape, classes):
        inputs = keras.Input(input_shape)
        x = layers.Reshape((input_shape[0], input_shape[1], input_shape[2] if len(input_shape) == 3 else 1))(inputs)
        for filters in ({width}, {middle}, {top}):
            x = layers.Conv2D(filters, 3, strides=2, padding="same", use_bias=False)(x)
            x = layers.ReLU(max_value=6.0)(layers.BatchNormalization()(x))
        x = layers.GlobalAveragePooling2D()(x)
        return keras.Model(inputs, layers.Dense(classes, activation="softmax")(x))
    """


def scripted_engineer(request: Request) -> str:
    """The answer as JSON text."""
    return json.dumps(_ANSWERS[request.role](request.prompt))


def _plan(prompt: str) -> dict[str, Any]:
    brief = PlannerBrief(
        goal=_fenced(prompt, "The goal:"), profile=_profile(prompt), baseline=_baseline(prompt), boards=_boards(),
        board=_found(r"The user chose the board (\w+)", prompt),
    )  # fmt: skip
    spec = planner.plan(brief).model_dump(mode="json", exclude={"goal", "direction"})
    return spec | {"unclear": None, "unknown_board": None}


def _propose(prompt: str) -> dict[str, Any]:
    wanted = int(_found(r"Propose (\d+) network", prompt) or 1)
    tried = int(_found(r"training accuracy\), (\d+) in all", prompt) or 0)
    kind = _found(r"^Data: (\w+),", prompt) or "series"
    shape = json.loads(_found(r"one raw window (\[[^\]]*\])", prompt) or "[]")
    rate = float(_found(r"rate ([\d.]+) Hz", prompt) or 16000.0)
    front_end, source = _front_end(kind, shape, rate), _SERIES if kind in ("series", "windows") else _PLANE
    proposals = []
    for number in range(tried, tried + wanted):
        width = 8 + 4 * number
        text = source.format(width=width, middle=width * 2, top=width * 2)
        proposals.append(
            {
                "idea": f"a small convolutional network, {width} filters wide",
                "source": textwrap.dedent(text).strip() + "\n",
                "front_end": front_end,
                "training": {"epochs": 20, "learning_rate": 0.003, "augmentation": {"jitter": 0.05, "scale": 0.1}},
            }
        )
    return {"proposals": proposals}


def _front_end(kind: str, shape: list[int], rate: float) -> dict[str, Any]:
    if kind == "audio":
        frame = max(32, min(1024, round(rate * 0.032)))
        return {"kind": "log_mel", "frame": frame, "hop": frame, "bands": 20, "low_hz": 60.0, "high_hz": rate * 0.45}
    if kind == "image":
        return {"kind": "image", "height": min(32, shape[0]), "width": min(32, shape[1]), "gray": True}
    return {"kind": "raw", "decimate": max(1, shape[0] // 256)}


def _review(prompt: str) -> dict[str, Any]:
    done, allowed = (int(n) for n in re.search(r"Round (\d+) of (\d+)", prompt).groups())  # type: ignore[union-attr]
    rows = re.findall(r"^\| \w+ \| at (?:least|most) .* \| (True|False|None) \|$", prompt, re.MULTILINE)
    is_met = bool(rows) and all(row == "True" for row in rows) and "deployed: none" not in prompt
    if is_met:
        return {"action": "accept", "reason": "The best candidate meets every limit.", "advice": ""}
    if done >= allowed:
        return {"action": "stop", "reason": "The rounds are used up and a limit is missed.", "advice": ""}
    advice = "underfitting: the score is short of the limit; a wider network with more epochs."
    return {"action": "revise", "reason": "A limit is missed and rounds are left.", "advice": advice}


def _apply(prompt: str) -> dict[str, Any]:
    source = _fenced(prompt, "A complete application for another goal:")
    classes = dict(re.findall(r"^ +(\w+) = \d+, /\* (.*) \*/$", prompt, re.MULTILINE))
    names = {label: name for name, label in classes.items()}
    for label, line in re.findall(r"^when (.+) is reported: a line that holds '(.+)'$", prompt, re.MULTILINE):
        said = f'    if (index == {names[label]}) {{\n        app_emit("{line}");\n    }}\n'
        source = source.replace("    app_line_emit(&line);\n", f"    app_line_emit(&line);\n{said}")
    return {"source": source + "\n", "notes": "Reports each change of class on the serial line."}


_ANSWERS = {"planner": _plan, "coder": _propose, "trainer_critic": _review, "embedded_engineer": _apply}


def _profile(prompt: str) -> DataProfile:
    classes = re.findall(r"^\| ([^|]+?) \| (\d+) \| (\d+) \| (\d+) \|$", prompt, re.MULTILINE)
    channels = re.findall(
        r"^\| ([^|]+?) \| [^|]*\| ([-\d.e+]+) \| ([-\d.e+]+) \| ([-\d.e+]+) \| ([-\d.e+]+) \| [a-z ]*\|$",
        prompt,
        re.MULTILINE,
    )
    picture = _found(r"pictures: \((\d+, \d+, \d+)\)", prompt)
    return DataProfile(
        kind=_found(r"- kind (\w+),", prompt), recordings=int(_found(r", (\d+) recordings", prompt) or 1),
        total_s=_number(r"Hz, ([\d.]+) s in all", prompt), rate_hz=_number(r"rate ([\d.]+) Hz", prompt),
        classes=tuple(
            ClassProfile(name=name, recordings=int(r), samples=int(s), groups=int(g)) for name, r, s, g in classes
        ),
        channels=tuple(
            ChannelProfile(name=name, minimum=low, maximum=high, mean=mean, std=std, missing=0)
            for name, low, high, mean, std in channels
        ),
        group_kind=None, groups=(), sealed_groups=0, split_source="marked",
        window_samples=int(_found(r"window cut before: (\d+)", prompt) or 0) or None,
        image_shape=None if picture is None else tuple(int(n) for n in picture.split(", ")),
        labels_per_sample="labels per sample: True" in prompt,
        typical_segment_s=_number(r"stretch of one label: ([\d.]+)", prompt),
        clip_s=_number(r"one label a clip, of up to: ([\d.]+)", prompt),
    )  # fmt: skip


def _baseline(prompt: str) -> Baseline:
    method, metric, value = re.search(r"plain method: (.+) reaches (\w+) ([\d.]+)", prompt).groups()  # type: ignore[union-attr]
    return Baseline(method=method, metric=metric, value=float(value), groups=1)


def _boards() -> tuple[Board, ...]:
    fields = set(Board.model_fields)
    found = []
    for path in sorted(_BOARDS.glob("*.toml")):
        manifest = tomllib.loads(path.read_text())
        found.append(Board.model_validate({key: value for key, value in manifest.items() if key in fields}))
    return tuple(found)


def _fenced(prompt: str, heading: str) -> str:
    start = prompt.index("<<<DATA\n", prompt.index(heading)) + len("<<<DATA\n")
    return prompt[start : prompt.index("\nDATA>>>", start)]


def _found(pattern: str, text: str) -> str | None:
    match = re.search(pattern, text, re.MULTILINE)
    return None if match is None else match.group(1)


def _number(pattern: str, text: str) -> float | None:
    found = _found(pattern, text)
    return None if found is None else float(found)
