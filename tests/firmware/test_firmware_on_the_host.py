"""The whole firmware as a program of the host, with sanitizers: a port on standard input and output."""

import subprocess
from pathlib import Path

import numpy as np
import pytest
from bench import HOP, LENGTH, motion, series_device, series_spec

from nanosmith.tools.errors import FirmwareFailed
from nanosmith.tools.firmware.boards import find_board
from nanosmith.tools.firmware.project import example_application, write_project
from nanosmith.tools.firmware.replay_line import END, RESTART, STACK, Transcript, sample_block

FLAGS = ("-std=c11", "-O1", "-g", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror", "-ffp-contract=off",
         "-fsanitize=address,undefined", "-fno-sanitize-recover=all")  # fmt: skip
PORT = """\
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "port.h"
void port_init(void) { }
uint8_t port_read_byte(void) { const int byte = getchar(); if (byte == EOF) { exit(0); } return (uint8_t)byte; }
void port_write(const char *bytes, size_t length)
{
    fwrite(bytes, 1, length, stdout);
    if (length == 7 && memcmp(bytes, "@ns end", 7) == 0) { puts(""); exit(0); }
    if (length > 9 && memcmp(bytes, "@ns error", 9) == 0) { puts(""); exit(0); }
}
void port_led(bool on) { (void)on; }
uint32_t port_stack_bytes(void) { return 123; }
"""


@pytest.fixture(scope="module")
def program(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("host")
    write_project(series_device().project(series_spec(), find_board("mps2_an386"), example_application()), folder)
    (folder / "src" / "port_host.c").write_text(PORT)
    left_out = {"port_baremetal.c", "marks.c"}
    sources = [str(p) for p in sorted((folder / "src").rglob("*.c")) if p.name not in left_out]
    subprocess.run(["gcc", *FLAGS, "-I", "src", "-o", "firmware", *sources], cwd=folder, check=True)
    return folder / "firmware"


def said_by(program: Path, stream: bytes) -> Transcript:
    done = subprocess.run([program], input=stream, capture_output=True, check=True)
    transcript = Transcript()
    for line in done.stdout.splitlines():
        if transcript.take(line):
            break
    return transcript


def test_answers_stack_and_end(bench, program):
    windows = motion(9)
    said = said_by(program, b"".join(RESTART + sample_block(w) for w in windows) + STACK + END)
    assert said.ready == (3, LENGTH, HOP, 3)
    np.testing.assert_array_equal(said.outputs(3), bench.host(series_device(), windows))
    assert said.winners == said.outputs(3).argmax(axis=1).tolist()
    assert said.stack_bytes == 123
    assert said.ended


def test_blocks_may_be_cut_anywhere(bench, program):
    recording = motion(4).reshape(-1, 3)
    whole = said_by(program, RESTART + sample_block(recording) + END)
    parts = np.array_split(recording, 7)
    cut = said_by(program, RESTART + b"".join(map(sample_block, parts)) + sample_block(recording[:0]) + END)
    assert cut.scores == whole.scores
    assert len(whole.scores) == 1 + (len(recording) - LENGTH) // HOP


def test_a_restart_forgets_half_a_window(bench, program):
    windows = motion(2)
    said = said_by(program, sample_block(windows[1][:20]) + RESTART + sample_block(windows[0]) + END)
    np.testing.assert_array_equal(said.outputs(3), bench.host(series_device(), windows[:1]))


def test_integers_and_bytes_arrive_exactly(bench, program):
    random = np.random.default_rng(1)
    for samples, kind in (
        (random.integers(-2_000, 2_000, (LENGTH, 3)) / 128, b"H"),
        (random.integers(0, 256, (LENGTH, 3)), b"B"),
        (random.normal(size=(LENGTH, 3)) / 3, b"F"),
        (np.full((LENGTH, 3), -0.0), b"F"),
    ):
        window = samples.astype(np.float32)
        block = sample_block(window)
        assert block[:1] == kind
        said = said_by(program, RESTART + block + END)
        np.testing.assert_array_equal(said.outputs(3), bench.host(series_device(), window[None]))


def test_a_damaged_block_stops_it(program):
    block = bytearray(sample_block(motion(1)[0]))
    block[40] ^= 4
    assert said_by(program, RESTART + bytes(block) + END).failure == "error checksum"


def test_an_unknown_command_stops_it(program):
    assert said_by(program, b"?").failure == "error command"


def test_an_answer_of_another_length_is_refused():
    transcript = Transcript()
    transcript.take(b"@ns answer 1 -1 00ff")
    with pytest.raises(FirmwareFailed, match="3 scores"):
        transcript.outputs(3)
    assert transcript.take(b"@ns answer 1 x zz")
    assert transcript.failure == "@ns answer 1 x zz"


def test_samples_that_are_not_finite_are_refused():
    with pytest.raises(ValueError, match="finite"):
        sample_block(np.full((2, 3), np.nan, np.float32))
