"""A language model that makes each typical mistake once before it gets it right; made from `scripted_engineer`."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from openai_server import Request
from scripted_engineer import scripted_engineer

Spoil = Callable[[str], str]


def _proposal(source: str) -> Spoil:
    def spoil(good: str) -> str:
        answer = json.loads(good)
        answer["proposals"][0] |= {"source": source, "idea": f"mistake: {source.splitlines()[0]}"}
        return json.dumps(answer)

    return spoil


def _source(body: str, head: str = "import keras\nfrom keras import layers\n") -> str:
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    return f"{head}\n\ndef build_model(input_shape, classes):\n    inputs = keras.Input(input_shape)\n{lines}"


_FLAT = "x = layers.Flatten()(inputs)\n"
_END = 'return keras.Model(inputs, layers.Dense({units}, activation="softmax")(x))'

IMPORTS_OS = "import os\n" + _source(_FLAT + _END.format(units="classes"))
WRONG_SHAPE = "# wrong shape\n" + _source(_FLAT + _END.format(units="classes + 1"))
UNSUPPORTED = "# no kernel\n" + _source(
    "x = keras.ops.sin(inputs)\nx = layers.Flatten()(x)\n" + _END.format(units="classes")
)
TOO_LARGE = "# too large\n" + _source(
    _FLAT + 'x = layers.Dense(900, activation="relu")(x)\n' + _END.format(units="classes")
)
NO_PYTHON = "# no Python\ndef build_model(input_shape, classes:\n"


def _c(right: str, wrong: str) -> Spoil:
    def spoil(good: str) -> str:
        answer = json.loads(good)
        assert right in answer["source"], "nothing would be spoiled"
        return json.dumps(answer | {"source": answer["source"].replace(right, wrong)})

    return spoil


def _without(name: str) -> Spoil:
    def spoil(good: str) -> str:
        answer = json.loads(good)
        del answer[name]
        return json.dumps(answer)

    return spoil


MISTAKES: dict[str, tuple[Spoil, ...]] = {
    "planner": (lambda good: good[: len(good) // 2], _without("metric")),
    "coder": tuple(
        _proposal(source) for source in (IMPORTS_OS, WRONG_SHAPE, UNSUPPORTED, TOO_LARGE, NO_PYTHON)
    ),
    "trainer_critic": (lambda good: json.dumps({"action": "ship it", "reason": "", "advice": ""}),),
    "embedded_engineer": (
        _c("if (answer->changed) {", "if (answer->changed {"),  # does not compile
        _c("if (answer->changed) {", "if (!answer->changed) {"),
    ),
}  # fmt: skip


@dataclass
class MistakenEngineer:
    """Answers with the next mistake of a role until there is none left."""

    made: Counter[str] = field(default_factory=Counter)

    def __call__(self, request: Request) -> str:
        good = scripted_engineer(request)
        number = self.made[request.role]
        self.made[request.role] += 1
        mistakes = MISTAKES[request.role]
        return mistakes[number](good) if number < len(mistakes) else good
