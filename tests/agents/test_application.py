"""The built-in embedded engineer's C: it compiles without a warning and does what the goal says."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

import profiles
import pytest
from jinja2 import Environment, StrictUndefined

from nanosmith.agents.builtin.goal.reactions import Reactions, read_reactions
from nanosmith.agents.builtin.mind import BuiltinMind
from nanosmith.agents.embedded_engineer import EngineerBrief, write_application
from nanosmith.agents.planner import PlannerBrief
from nanosmith.tools.firmware.project import app_header
from nanosmith.tools.specs.data_profile import DataProfile
from nanosmith.tools.specs.device_spec import Spec

PROJECT = Path(__file__).resolve().parents[2] / "firmware_templates" / "project"
DECISION = PROJECT.parent / "decision"
FLAGS = ["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror", "-ffp-contract=off",
         "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-g"]  # fmt: skip

DRIVER = r"""
#include <stdio.h>
#include <stdlib.h>
#include "app.h"
#include "ns_decision.h"
#include "port.h"
void port_write(const char *bytes, size_t length) { fwrite(bytes, 1, length, stdout); }
void port_led(bool on) { puts(on ? "LED on" : "LED off"); }
int main(int argc, char **argv)
{
    static int8_t scores[APP_CLASSES];
    const ns_decision decision = {.classes = APP_CLASSES, .resting = -1, .weight = 256, .shortest = SHORTEST};
    ns_decision_state decided;
    static uint32_t smoothed[APP_CLASSES];
    app_state *state = malloc(app_state_bytes());
    if (app_state_bytes() > APP_STATE_BYTES) return 9;
    app_init(state);
    ns_decision_init(&decided);
    for (int i = 1; i < argc; i++) {
        static int8_t won[APP_CLASSES];
        const int winner = atoi(argv[i]);
        bool changed;
        won[winner] = 1;
        changed = ns_decision_take(&decided, &decision, smoothed, won);
        won[winner] = 0;
        app_answer answer = {scores, winner, (int)decided.in_force, changed,
                             (uint32_t)(i - 1), (uint32_t)i * 500u, 1.0f / 256.0f, -128};
        app_on_answer(state, &answer);
    }
    free(state);
    return 0;
}
"""


def contract(goal: str, profile: DataProfile) -> Spec:
    brief = PlannerBrief(goal=goal, profile=profile, baseline=profiles.yardstick(), boards=profiles.boards())
    return BuiltinMind().think(brief)


def render(name: str, spec: Spec) -> str:
    environment = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)  # noqa: S701
    names = [f"APP_CLASS_{index}" for index, _ in enumerate(spec.classes)]
    return environment.from_string((PROJECT / name).read_text()).render(
        provenance="test", class_names=names, class_labels=names, answer_ms=500,
        class_strings=[f'"{name if name.isidentifier() else index}"' for index, name in enumerate(spec.classes)],
    )  # fmt: skip


def run(source: str, spec: Spec, answers: Sequence[int], folder: Path) -> list[str]:
    """Lines that the application writes for a sequence of winners."""
    (folder / "app.h").write_text(app_header(spec))
    (folder / "classes.c").write_text(render("classes.c.j2", spec))
    (folder / "app.c").write_text(source)
    (folder / "driver.c").write_text(DRIVER)
    files = [
        str(folder / "app.c"),
        str(folder / "classes.c"),
        str(folder / "driver.c"),
        str(PROJECT / "app_line.c"),
        str(DECISION / "ns_decision.c"),
    ]
    program = str(folder / "app")
    command = [
        "gcc",
        *FLAGS,
        f"-I{folder}",
        f"-I{PROJECT}",
        f"-I{DECISION}",
        f"-DSHORTEST={spec.behavior.debounce}",
        *files,
        "-o",
        program,
    ]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    ran = subprocess.run([program, *map(str, answers)], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.splitlines()


def write(spec: Spec) -> str:
    brief = EngineerBrief(spec=spec, board=profiles.boards()[0], app_header=app_header(spec), example="int x;")
    return write_application(BuiltinMind(), brief).source


def test_each_change_is_reported_after_the_debounce(tmp_path: Path) -> None:
    spec = contract("Tell walking, turning and sitting apart, 3 windows in a row, twice a second", profiles.wrist())
    lines = run(write(spec), spec, [1, 1, 2, 1, 1, 1, 1, 2, 2, 2, 1, 2], tmp_path)
    assert lines == [f"3000 ms: {spec.classes[1]}", f"5000 ms: {spec.classes[2]}"]


def test_led_count_and_alert_follow_the_goal(tmp_path: Path) -> None:
    goal = (
        "A wristband that tells sitting, standing up, walking, turning and sitting down apart, 2 in a row. It "
        "lights an LED while walking. Counts how often somebody stands up and buzzes when turning."
    )
    spec = contract(goal, profiles.wrist())
    seated, up, walking, turning = (spec.classes.index(n) for n in ("SEATED", "STANDING_UP", "WALKING", "TURNING"))
    answers = [n for n in (seated, up, walking, turning, up, seated) for _ in range(2)]
    assert run(write(spec), spec, answers, tmp_path) == [
        "LED off",
        "1000 ms: SEATED", "LED off",
        "2000 ms: STANDING_UP", "LED off", "count 1",
        "3000 ms: WALKING", "LED on",
        "4000 ms: TURNING", "LED off", "alert: TURNING",
        "5000 ms: STANDING_UP", "LED off", "count 2",
        "6000 ms: SEATED", "LED off",
    ]  # fmt: skip


def test_an_alarm_without_a_class_spares_the_quiet_one(tmp_path: Path) -> None:
    spec = contract("Sound an alarm when the pump fails, at once", profiles.pump())
    lines = run(write(spec), spec, [0, 1, 0], tmp_path)
    assert [line for line in lines if line.startswith("alert")] == ["alert: anomaly"]


def test_all_reactions_on_many_strange_class_names_compile(tmp_path: Path) -> None:
    names = [f'x{index} */ ??/ "\\ é{index}' for index in range(40)]
    profile = profiles.make_profile(names, ["a"], rate_hz=10.0, total_s=100.0)
    goal = "Count everything, light the LED for everything and send a warning for everything */ int x; /* ??/"
    spec = contract(goal, profile)
    assert len(spec.classes) == 40
    lines = run(write(spec), spec, [5, 5, 5, 6, 6, 6], tmp_path)
    assert "count 2" in lines


@pytest.mark.parametrize(
    "goal",
    ["Tell walking from sitting", "Blink the LED when walking", "Count walking and turning", "Alert on turning"],
)
def test_every_combination_compiles(goal: str, tmp_path: Path) -> None:
    spec = contract(goal, profiles.wrist())
    assert run(write(spec), spec, [], tmp_path) == (["LED off"] if "LED" in goal else [])


def test_the_stock_application_stands_in_when_errors_come_back(tmp_path: Path) -> None:
    spec = contract("Count walking", profiles.wrist())
    stock = (PROJECT / "app_stock.c").read_text()
    brief = EngineerBrief(
        spec=spec, board=profiles.boards()[0], app_header="", example=stock, errors=("app.c:3: error: no",)
    )
    answer = write_application(BuiltinMind(), brief)
    assert answer.source == stock
    assert "did not build" in answer.notes
    assert run(answer.source, spec, [1, 1, 1], tmp_path)


@pytest.mark.parametrize(
    ("sentence", "wanted"),
    [
        ("Light the LED for turning and count walking.", Reactions(frozenset({3}), frozenset({2}), frozenset())),
        ("When walking, blink the LED.", Reactions(frozenset({2}), frozenset(), frozenset())),
        ("It answers quickly.", Reactions()),
        ("Warn.", Reactions(alert=frozenset({0, 1, 2, 3, 4}))),
    ],
)
def test_sentences_become_reactions(sentence: str, wanted: Reactions) -> None:
    classes = ("SEATED", "STANDING_UP", "WALKING", "TURNING", "SITTING_DOWN")
    assert read_reactions([sentence], classes) == wanted
