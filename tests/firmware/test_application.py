"""The application that ships and the text lines it is made of, on the host with sanitizers."""

import subprocess
from pathlib import Path

import pytest
from bench import series_device, series_spec

from nanosmith.tools.firmware.boards import find_board
from nanosmith.tools.firmware.project import example_application, write_project

FLAGS = ("-std=c11", "-O1", "-g", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror", "-ffp-contract=off",
         "-fsanitize=address,undefined", "-fno-sanitize-recover=all")  # fmt: skip
HARNESS = """\
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "app.h"
#include "decision/ns_decision.h"
#include "port.h"
void port_write(const char *bytes, size_t length) { fwrite(bytes, 1, length, stdout); }
void port_led(bool on) { puts(on ? "on" : "off"); }
int main(int count, char **words)
{
    static alignas(max_align_t) uint8_t memory[APP_STATE_BYTES];
    app_state *state = (app_state *)(void *)memory;
    const ns_decision decision = {.classes = APP_CLASSES, .resting = -1, .weight = 256, .shortest = 2};
    ns_decision_state decided;
    uint32_t smoothed[APP_CLASSES];
    app_line line;

    ns_decision_init(&decided);
    if (app_state_bytes() > sizeof memory) { return 1; }
    app_init(state);
    for (int i = 1; i < count; i++) {
        const int8_t scores[APP_CLASSES] = {127, 0, -128};
        int8_t won[APP_CLASSES] = {0, 0, 0};
        won[atoi(words[i])] = 1;
        const bool changed = ns_decision_take(&decided, &decision, smoothed, won);
        app_answer answer = {.scores = scores, .winner = atoi(words[i]), .in_force = (int)decided.in_force,
                             .changed = changed, .number = (uint32_t)(i - 1),
                             .time_ms = (uint32_t)i * 160u, .scale = 0x1p-8f, .zero_point = -128};
        app_on_answer(state, &answer);
        if (app_score(&answer, 0) != 255.0f / 256.0f || app_score(&answer, 2) != 0.0f) { return 2; }
    }
    app_line_begin(&line);
    app_line_number(&line, INT32_MIN);
    app_line_text(&line, " ");
    app_line_number(&line, 0);
    app_line_emit(&line);
    app_line_begin(&line);
    for (int i = 0; i < 50; i++) { app_line_number(&line, 1234567); }
    return strlen(line.text) == sizeof line.text - 1 ? 0 : 3;
}
"""


@pytest.fixture(scope="module")
def application(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("application")
    files = series_device().project(series_spec(), find_board("microbit"), example_application())
    write_project(files, folder)
    (folder / "src" / "harness.c").write_text(HARNESS)
    sources = ["harness.c", "app.c", "app_line.c", "classes.c", "decision/ns_decision.c"]
    subprocess.run(["gcc", *FLAGS, "-o", "harness", *sources], cwd=folder / "src", check=True)
    return folder / "src" / "harness"


def _said(program: Path, *winners: int) -> list[str]:
    done = subprocess.run([program, *map(str, winners)], capture_output=True, text=True, check=True)
    *lines, numbers = done.stdout.splitlines()
    assert numbers == "-2147483648 0"
    return lines


def test_a_class_is_reported_once_it_won_twice_in_a_row(application):
    assert _said(application, 0, 1, 0, 0, 0, 0) == ["640 ms: rest"]


def test_one_wrong_answer_changes_nothing(application):
    assert _said(application, 2, 2, 1, 2, 2, 1, 1) == ["320 ms: shake", "1120 ms: swing"]


def test_nothing_is_said_of_no_answer(application):
    assert _said(application) == []
