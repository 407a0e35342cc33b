"""The device report of a candidate, and what is missing on a machine."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from bench import HOP, motion, picture_device, series_device, series_spec

from nanosmith.tools.errors import BuildFailed, FirmwareFailed
from nanosmith.tools.firmware.boards import find_board
from nanosmith.tools.firmware.doctor import check_tools, slow_start
from nanosmith.tools.firmware.measure import compare, measure_candidate
from nanosmith.tools.firmware.project import example_application

TEMPLATES = Path(__file__).resolve().parents[2] / "firmware_templates"


def _measured(bench, made, spec, board, windows, expected, folder):
    return measure_candidate(
        "c01", made.project(spec, board, example_application()), spec=spec, board=board, windows=windows,
        expected=expected, arena_bytes=made.compiled.arena_bytes, platformio=bench.platformio,
        emulator=bench.emulator, sandbox=bench.sandbox, work=folder,
    )  # fmt: skip


def test_a_report_holds_together(bench, tmp_path):
    made, spec, board, windows = series_device(), series_spec(), find_board("nucleo_f446re"), motion(30)
    report = _measured(bench, made, spec, board, windows, bench.host(made, windows), tmp_path)
    assert (report.parity.compared, report.parity.equal) == (30, 30)
    assert report.ram_bytes == report.static_ram_bytes + report.stack_bytes
    assert report.static_ram_bytes > report.arena_bytes
    assert report.latency_ms == pytest.approx(report.instructions / (0.7 * 180e6) * 1000)
    assert "assumed 0.7 instructions a cycle and 180 MHz" in report.latency_assumption
    assert report.emulated_on.startswith("QEMU netduinoplus2; ")
    again = bench.replay(tmp_path / "project/.pio/build/emulated/firmware.elf", board, windows)
    assert report.instructions == again.answer_instructions(HOP)
    assert report.instructions > again.inference_instructions


def test_one_wrong_byte_is_seen(bench, tmp_path):
    made, spec, windows = series_device(), series_spec(), motion(8)
    expected = bench.host(made, windows).copy()
    expected[5, 2] ^= 1
    report = _measured(bench, made, spec, find_board("mps2_an386"), windows, expected, tmp_path)
    assert (report.parity.compared, report.parity.equal) == (8, 7)
    assert not report.parity.holds


@pytest.mark.parametrize("reference", [0, 50])
def test_a_candidate_pays_for_resampling_too(bench, tmp_path, reference):
    made, spec, windows = series_device(), series_spec(), motion(8)
    board, expected = find_board("mps2_an386"), bench.host(made, windows)
    found = []
    for gap in (None, 200_000):
        window = spec.window.model_copy(update={"longest_gap_us": gap, "reference": reference})
        of_grid = spec.model_copy(update={"window": window})
        found.append(_measured(bench, made, of_grid, board, windows, expected, tmp_path / str(gap)))
    even, timed = found
    assert timed.parity.holds
    assert even.instructions + 100 * HOP < timed.instructions < even.instructions + 400 * HOP
    assert timed.ram_bytes > even.ram_bytes


def test_a_picture_is_paid_for_whole(bench, tmp_path):
    spec, made = picture_device()
    windows = np.random.default_rng(0).integers(0, 256, (6, 12, 10, 3), dtype=np.uint8)
    report = _measured(bench, made, spec, find_board("mps2_an386"), windows, bench.host(made, windows), tmp_path)
    assert report.parity.holds
    assert report.instructions > 12 * 10 * 3, "every pixel is looked at"


def test_what_does_not_fit_is_told(bench, tmp_path):
    made, spec = series_device(), series_spec()
    board = find_board("microbit").model_copy(update={"id": "microbit", "ram_bytes": 16_384})
    files = made.project(spec, board, example_application())
    name = "src/model/model.h"
    files[name] = files[name].replace(f"ARENA_BYTES {made.compiled.arena_bytes}u", "ARENA_BYTES 20000u")
    with pytest.raises(BuildFailed, match="overflowed by"):
        measure_candidate(
            "c01", files, spec=spec, board=board, windows=motion(1), expected=np.zeros((1, 3), np.int8),
            arena_bytes=0, platformio=bench.platformio, emulator=bench.emulator, sandbox=bench.sandbox, work=tmp_path,
        )  # fmt: skip


def test_answers_of_another_shape_are_no_parity():
    with pytest.raises(FirmwareFailed, match="shape"):
        compare(np.zeros((3, 2), np.int8), np.zeros((3, 3), np.int8))


def test_doctor_finds_what_these_tests_use():
    checks = {check.name: check for check in check_tools()}
    assert set(checks) == {"gcc", "bwrap", "platformio", "scons", "arm-none-eabi-gcc", "newlib", "qemu-system-arm"}
    for check in checks.values():
        assert check.found, check.name
        assert check.remedy
    assert checks["platformio"].found[0].isdigit()


def test_doctor_says_what_is_missing(tmp_path, monkeypatch):
    (tmp_path / "gcc").symlink_to(shutil.which("gcc"))
    monkeypatch.setenv("PATH", str(tmp_path))
    missing = {check.name: check.remedy for check in check_tools() if check.found is None}
    assert set(missing) == {"bwrap", "arm-none-eabi-gcc", "newlib", "qemu-system-arm"}
    assert missing["qemu-system-arm"] == "sudo apt-get install qemu-system-arm"


def test_doctor_knows_when_every_training_would_compile_the_libraries(monkeypatch):
    monkeypatch.setattr("nanosmith.tools.firmware.doctor.cache_from_source", lambda path: path + ".none")
    assert "-m compileall" in slow_start()
    monkeypatch.setattr("nanosmith.tools.firmware.doctor.cache_from_source", lambda path: path)
    assert slow_start() is None


ARDUINO = """\
#include <stddef.h>
#include <stdint.h>
#define LED_BUILTIN 13
#define OUTPUT 1
#define HIGH 1
#define LOW 0
struct Line {
    void begin(unsigned long baud);
    int available();
    int read();
    size_t write(const uint8_t *bytes, size_t length);
};
extern Line Serial;
void pinMode(int pin, int mode);
void digitalWrite(int pin, int level);
void setup();
void loop();
"""


def test_the_arduino_port_implements_the_port(tmp_path):
    """Against the names that every Arduino core has; an official framework can't be fetched without a network."""
    (tmp_path / "Arduino.h").write_text(ARDUINO)
    source = TEMPLATES / "ports" / "arduino" / "port_arduino.cpp"
    command = ["arm-none-eabi-g++", "-std=gnu++14", "-mcpu=cortex-m4", "-mthumb", "-Wall", "-Wextra", "-Werror",
               "-fno-exceptions", "-I", str(tmp_path),
               "-I", str(TEMPLATES / "project"), "-c", str(source), "-o", "port.o"]  # fmt: skip
    subprocess.run(command, cwd=tmp_path, check=True)
    symbols = subprocess.run(["arm-none-eabi-nm", "port.o"], cwd=tmp_path, capture_output=True, text=True, check=True)
    defined = {line.split()[2] for line in symbols.stdout.splitlines() if " T " in line}
    assert {"port_init", "port_read_byte", "port_write", "port_led", "port_stack_bytes"} <= defined
