"""The number behind an output byte: the same from the firmware's C as from the host, and told as agreed."""

import subprocess
from pathlib import Path

import numpy as np
import pytest
from bench import device, series_spec

from nanosmith.tools.firmware.boards import find_board
from nanosmith.tools.firmware.number import FixedNumber
from nanosmith.tools.firmware.project import app_header, example_application, render_project, report_step, write_project
from nanosmith.tools.firmware.rehearsal import judge_number_rehearsal, number_order
from nanosmith.tools.firmware.replay import Replay
from nanosmith.tools.firmware.threshold import fixed_thresholds
from nanosmith.tools.specs.candidate import RawFrontEnd
from nanosmith.tools.specs.device_spec import Behavior, Spec, Target
from nanosmith.tools.specs.threshold import Threshold
from nanosmith.tools.specs.trial import NumberScale
from nanosmith.tools.training.number_scoring import evaluate_numbers

BYTES = np.arange(-128, 128).astype(np.int8)
_PRINT_ALL = """#include <stdio.h>
#include "app.h"
void app_emit(const char *line) { puts(line); }
void app_led(bool on) { (void)on; }
void port_write(const char *text, size_t length);
void port_write(const char *text, size_t length) { (void)text; (void)length; }
int main(void)
{
    for (int q = -128; q < 128; q++) {
        const int8_t byte = (int8_t)q;
        const app_answer answer = {.scores = &byte};
        app_line line;
        app_line_begin(&line);
        app_line_value(&line, app_value(&answer));
        puts(line.text);
    }
    return 0;
}
"""


def target(decimals: int = 1, unit: str | None = "kg") -> Target:
    return Target(name="weight_kg", source="index", unit=unit, decimals=decimals, plain_error=8.0)


def number_spec(**changes: object) -> Spec:
    aim = changes.pop("target", target())
    return series_spec(task="number", classes=(), target=aim, metric="mae", direction="minimize", metric_limit=2.0,
                       **changes)  # fmt: skip


@pytest.mark.parametrize(
    ("mean", "std", "zero_point", "decimals", "unit"),
    [(70.0, 12.5, 3, 1, "kg"), (-0.01, 0.004, -40, 5, "°C"), (0.0, 900.0, 0, 0, None), (-1e5, 3e3, 127, 2, "m/s")],
)
def test_firmware_prints_what_the_host_reckons(
    tmp_path: Path, mean: float, std: float, zero_point: int, decimals: int, unit: str | None
) -> None:
    aim = target(decimals, unit)
    made = device(RawFrontEnd(), (32, 3), 50.0)
    number = FixedNumber.of(aim, NumberScale(mean=mean, std=std), 0.02, zero_point)
    files = render_project(
        spec=number_spec(target=aim), board=find_board("microbit"), model=made.compiled.files, front_end={},
        application="", sample_shape=(32, 3), number=number,
    )  # fmt: skip
    write_project(files, tmp_path)
    source, program = tmp_path / "src", tmp_path / "print_all"
    (tmp_path / "main.c").write_text(_PRINT_ALL)
    lines = (source / "app_line.c").read_text().split("void app_emit", 1)
    rest = lines[1].split("void app_line_begin", 1)[1]
    (tmp_path / "line.c").write_text('#include "app.h"\nvoid app_line_begin' + rest)
    subprocess.run(
        ["gcc", "-std=c11", "-Wall", "-Wextra", "-Wconversion", "-Werror", "-fsanitize=undefined,address",
         "-I", str(source),
         str(tmp_path / "main.c"), str(tmp_path / "line.c"), str(source / "number.c"), "-o", str(program)],
        check=True, timeout=60,
    )  # fmt: skip
    printed = subprocess.run([program], check=True, capture_output=True, text=True, timeout=60).stdout.splitlines()
    expected = [f"{number.text(int(value))} {unit or ''}".strip() for value in number.last_digits(BYTES)]
    assert printed == expected
    exact = mean + std * 0.02 * (BYTES.astype(float) - zero_point)
    assert np.abs(number.numbers(BYTES) - exact).max() <= 0.51 * 10.0**-decimals + abs(128 * std * 0.02 * 1e-3)


def test_a_number_too_large_for_the_board_is_refused() -> None:
    with pytest.raises(ValueError, match="larger unit"):
        FixedNumber.of(target(6), NumberScale(mean=1e5, std=1e4), 0.02, 0)


def test_text_has_its_point_and_sign() -> None:
    number = FixedNumber(0, 1, 0, 2)
    assert [number.text(value) for value in (0, 5, -5, 100, -12345)] == ["0.00", "0.05", "-0.05", "1.00", "-123.45"]


def test_a_number_without_its_scale_is_no_project() -> None:
    made = device(RawFrontEnd(), (32, 3), 50.0)
    with pytest.raises(ValueError, match="what the model's output stands for"):
        made.project(number_spec(), find_board("microbit"), example_application(number_spec()))


def test_the_header_names_number_unit_and_step() -> None:
    header = app_header(number_spec())
    assert "weight_kg, in kg" in header
    assert "#define APP_STEP 10" in header, "half of 2 kg in tenths"
    assert report_step(number_spec()) == 10


def _rehearsed(values: list[int], said: list[tuple[int, str]]) -> tuple[str, ...]:
    number = FixedNumber(zero_point=0, gain=1 << 16, offset=0, decimals=1)
    outputs = np.array(values, dtype=np.int8)[:, None]
    none = np.full(len(values), -1, dtype=np.int32)
    replay = Replay(outputs=outputs, in_force=none, application=tuple(said), counts=(), stack_bytes=0)
    return judge_number_rehearsal(replay, number, "kg", 10).faults


def test_a_rehearsal_expects_each_change_of_a_step() -> None:
    values = [50, 55, 60, 62, 45]
    good = [(0, "0 ms: 5.0 kg"), (2, "20 ms: 6.0 kg"), (4, "40 ms: 4.5 kg")]
    assert _rehearsed(values, good) == ()
    assert "`<time> ms: 6.0 kg` was due" in _rehearsed(values, [good[0], good[2]])[0]
    assert "no report of a number was due" in _rehearsed(values, [*good, (1, "10 ms: 5.5 kg")])[0]
    assert _rehearsed(values, [good[0], (2, "20 ms: 6.1 kg"), good[2]])


def test_a_rehearsal_goes_up_and_down_with_changes_too_small_to_tell() -> None:
    values = np.arange(100)
    order = number_order(values, step=3)
    told = values[order]
    assert told.min() == 0
    assert told.max() == 99
    changes = np.abs(np.diff(told))
    assert (changes == 0).any()
    assert ((changes > 0) & (changes < 3)).any()
    assert (changes >= 3).any()


def test_a_number_is_not_decided_about(tmp_path: Path) -> None:
    made = device(RawFrontEnd(), (32, 3), 50.0)
    number = FixedNumber.of(target(), NumberScale(mean=70.0, std=12.5), 0.02, 3)
    spec = number_spec()
    files = render_project(
        spec=spec, board=find_board("microbit"), model=made.compiled.files, front_end={},
        application=example_application(spec), sample_shape=(32, 3), number=number,
    )  # fmt: skip
    write_project(files, tmp_path)
    assert not (tmp_path / "src" / "decision").exists()
    assert "decision" not in files["src/device.h"]
    assert "in_force" not in files["src/app.h"]


LIMITS = (
    Threshold(side="above", value=75.0, margin=2.0, answers=1),
    Threshold(side="below", value=60.0, margin=0.0, answers=3),
)


def limited_spec() -> Spec:
    return number_spec(behavior=Behavior(debounce=1, thresholds=LIMITS))


def test_alarms_begin_beyond_the_limit_and_end_a_margin_back() -> None:
    above, below = fixed_thresholds(target(), LIMITS)
    assert (above.text, above.enter, above.leave) == ("above 75.0 kg", 750, 730)
    assert above.changes([750, 751, 740, 731, 730, 751]) == [(1, True), (4, False), (5, True)]
    assert below.changes([599, 598, 600, 599, 599, 599, 599, 600]) == [(5, True), (7, False)], "three in a row"


def test_the_application_that_ships_alarms_as_the_host_reckons(tmp_path: Path) -> None:
    spec = limited_spec()
    made = device(RawFrontEnd(), (32, 3), 50.0)
    number = FixedNumber.of(target(), NumberScale(mean=67.0, std=10.0), 0.02, 0)
    files = render_project(
        spec=spec, board=find_board("microbit"), model=made.compiled.files, front_end={},
        application=example_application(spec), sample_shape=(32, 3), number=number,
    )  # fmt: skip
    write_project(files, tmp_path)
    bytes_ = np.random.default_rng(1).integers(-128, 128, 400).astype(np.int8)
    (tmp_path / "main.c").write_text(
        '#include <stdio.h>\n#include "app.h"\n'
        "void port_write(const char *text, size_t length);\nvoid port_led(bool on);\n"
        "void port_write(const char *text, size_t length) { fwrite(text, 1, length, stdout); }\n"
        "void port_led(bool on) { (void)on; }\n"
        f"static const int8_t given[] = {{{', '.join(map(str, bytes_.tolist()))}}};\n"
        "static _Alignas(8) unsigned char memory[APP_STATE_BYTES];\n"
        "int main(void)\n{\n    app_state *const state = (app_state *)(void *)memory;\n"
        "    if (app_state_bytes() > sizeof memory) {\n        return 1;\n    }\n    app_init(state);\n"
        "    for (uint32_t n = 0; n < sizeof given; n++) {\n"
        "        const app_answer answer = {.scores = &given[n], .number = n, .time_ms = n};\n"
        "        app_on_answer(state, &answer);\n    }\n    return 0;\n}\n"
    )
    source, program = tmp_path / "src", tmp_path / "run"
    subprocess.run(
        ["gcc", "-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror",
         "-fsanitize=undefined,address", "-I", str(source), str(tmp_path / "main.c"),
         *(str(source / name) for name in ("app.c", "app_line.c", "number.c")), "-o", str(program)],
        check=True, timeout=60,
    )  # fmt: skip
    printed = subprocess.run([program], check=True, capture_output=True, text=True, timeout=60).stdout.splitlines()
    said = tuple((int(line.split(" ")[0]), line) for line in printed)
    outputs = bytes_[:, None]
    replay = Replay(outputs=outputs, in_force=np.full(400, -1, np.int32), application=said, counts=(), stack_bytes=0)
    limits = fixed_thresholds(target(), LIMITS)
    assert judge_number_rehearsal(replay, number, "kg", report_step(spec), limits).faults == ()
    alarms = [line for line in printed if "alarm" in line]
    assert sum("alarm on: above 75.0 kg, now " in line for line in alarms) > 5
    assert sum("alarm off: below 60.0 kg, now " in line for line in alarms) > 5
    silent = tuple(item for item in said if item[1] != alarms[3])
    replay = Replay(outputs=outputs, in_force=np.full(400, -1, np.int32), application=silent, counts=(), stack_bytes=0)
    assert "alarm o" in judge_number_rehearsal(replay, number, "kg", report_step(spec), limits).faults[0]


def test_windows_on_the_wrong_side_of_a_limit_are_counted() -> None:
    truth = np.array([70.0, 74.0, 75.0, 76.0, 80.0, 59.0])
    told = np.array([76.0, 74.0, 75.0, 75.0, 90.0, 61.0])
    errors = evaluate_numbers(truth, told, np.arange(6), thresholds=LIMITS).numbers
    assert errors is not None
    counted = [(s.beyond, s.missed, s.within, s.false_alarms) for s in errors.thresholds]
    assert counted == [(2, 1, 4, 1), (1, 1, 5, 0)]
