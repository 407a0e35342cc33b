"""Real firmware on real emulated boards: the host's answers, exact counts, and every way to fail."""

import numpy as np
import pytest
from bench import BOARDS, DECISION, HOP, LENGTH, motion, picture_device, series_device, series_spec, sound_device

from nanosmith.tools.errors import CommandTimedOut, FirmwareFailed, ImageUnreadable, UsageError
from nanosmith.tools.firmware.boards import find_board
from nanosmith.tools.firmware.emulator import Emulator
from nanosmith.tools.firmware.project import EMULATED, StreamShape, example_application, write_project
from nanosmith.tools.firmware.rehearsal import expected_reports


@pytest.mark.parametrize("board", BOARDS)
def test_every_board_answers_and_decides_like_the_host(bench, decisions, board):
    _, elf = bench.built(board)
    windows = motion(40)
    replay = bench.replay(elf, board, windows)
    expected = bench.host(series_device(), windows)
    assert len(np.unique(expected.argmax(axis=1))) == 3, "the windows should reach every class"
    np.testing.assert_array_equal(replay.outputs, expected)
    in_force = decisions.in_force(DECISION, expected)
    assert len(np.unique(in_force)) == 4, "from none to every class"
    np.testing.assert_array_equal(replay.in_force, in_force)
    assert all(count.pushes == LENGTH for count in replay.counts)
    assert 0 < replay.stack_bytes < 2_000


def test_the_serial_line_gives_what_the_tape_gives(bench):
    for board in ("mps2_an386", "netduinoplus2", "microbit"):
        _, elf = bench.built(board)
        windows = motion(6, seed=1)
        line_only = Emulator(bench.emulator.program, bench.emulator.plugin, with_tape=False)
        by_line = line_only.replay_windows(
            elf, find_board(board), windows, shape=StreamShape(3, LENGTH, HOP), classes=3, sandbox=bench.sandbox,
            work=bench.root / "work",
        )  # fmt: skip
        by_tape = bench.replay(elf, board, windows)
        np.testing.assert_array_equal(by_line.outputs, by_tape.outputs)
        assert by_line.counts == by_tape.counts


def test_what_does_not_fit_on_the_tape_comes_over_the_line(bench):
    _, elf = bench.built("microbit")
    board = find_board("microbit")
    small = board.model_copy(update={"bare_metal": board.bare_metal.model_copy(update={"tape_bytes": 1_000})})
    windows = motion(5, seed=2)
    np.testing.assert_array_equal(bench.replay(elf, small, windows).outputs, bench.host(series_device(), windows))


def test_a_recording_is_answered_at_every_hop(bench, decisions):
    _, elf = bench.built("mps2_an386")
    recording = motion(10, seed=3).reshape(-1, 3)[:-5]
    replay = bench.emulator.replay_recording(
        elf, find_board("mps2_an386"), recording, shape=StreamShape(3, LENGTH, HOP), classes=3, sandbox=bench.sandbox,
        work=bench.root / "work",
    )  # fmt: skip
    windows = np.stack([recording[i : i + LENGTH] for i in range(0, len(recording) - LENGTH + 1, HOP)])
    np.testing.assert_array_equal(replay.outputs, bench.host(series_device(), windows))
    in_force = decisions.in_force(DECISION, replay.outputs)
    np.testing.assert_array_equal(replay.in_force, in_force)
    due = [report.answer for report in expected_reports(in_force.tolist(), series_spec().classes)]
    assert [answer for answer, _ in replay.application] == due
    assert len(due) > 3
    assert [count.pushes for count in replay.counts] == [LENGTH] + [HOP] * (len(windows) - 1)


@pytest.mark.parametrize("make", [sound_device, picture_device])
def test_sound_and_pictures_answer_like_the_host(bench, make, tmp_path):
    spec, made = make()
    random = np.random.default_rng(4)
    board = find_board("mps2_an385")
    if make is picture_device:
        windows = random.integers(0, 256, (12, 12, 10, 3), dtype=np.uint8)
    else:
        windows = (random.integers(-20_000, 20_000, (12, 640, 1)) / 32768).astype(np.float32)
    write_project(made.project(spec, board, example_application()), tmp_path)
    report, elf = bench.platformio.build(tmp_path, EMULATED, bench.sandbox)
    assert elf is not None, report.errors
    replay = bench.emulator.replay_windows(
        elf, board, windows, shape=StreamShape.of(spec, windows.shape[1:]), classes=3, sandbox=bench.sandbox,
        work=bench.root / "work",
    )  # fmt: skip
    np.testing.assert_array_equal(replay.outputs, bench.host(made, windows))


def test_counts_are_the_same_on_every_run(bench):
    _, elf = bench.built("mps2_an386")
    windows = motion(4)
    assert bench.replay(elf, "mps2_an386", windows).counts == bench.replay(elf, "mps2_an386", windows).counts


def test_counts_are_exact_to_the_instruction(bench, tmp_path):
    found = []
    for turns in (100, 1_100):
        folder = tmp_path / str(turns)
        bench.lay_out(folder)
        path = folder / "src" / "model" / "model.c"
        count_down = '__asm__ volatile("1: subs %0, %0, #1\\n bne 1b" : "+r"(left) : : "cc");'
        loop = f"    uint32_t left = {turns}u;\n    {count_down}\n"
        text = path.read_text()
        start = text.index("{\n", text.index("void model_run(")) + 2
        path.write_text(text[:start] + loop + text[start:])
        report, elf = bench.platformio.build(folder, EMULATED, bench.sandbox)
        assert elf is not None, report.errors
        found.append(bench.replay(elf, "mps2_an386", motion(2)).inference_instructions)
    assert found[1] - found[0] == 2 * 1_000


_BROKEN = """\
#include "app.h"
struct app_state { int unused; };
size_t app_state_bytes(void) { return sizeof(app_state); }
void app_init(app_state *state) { (void)state; }
void app_on_answer(app_state *state, const app_answer *answer) { (void)state; if (answer->number == 1u) { %s } }
"""


def test_a_firmware_that_hangs_is_ended(bench):
    _, elf = bench.built("mps2_an386", _BROKEN % "for (;;) { }")
    with pytest.raises(CommandTimedOut):
        bench.replay(elf, "mps2_an386", motion(3), timeout_s=3.0)


def test_a_crash_is_told_at_once(bench):
    _, elf = bench.built("mps2_an386", _BROKEN % '__asm__ volatile("udf #0");')
    with pytest.raises(FirmwareFailed, match=r"stopped after 2 of 3 answers \(fault 03\)"):
        bench.replay(elf, "mps2_an386", motion(3))


def test_semihosting_is_off(bench):
    """A semihosting call would reach the host's files; here it is a fault."""
    call = '__asm__ volatile("movs r0, #4\\n ldr r1, =answer\\n bkpt 0xab" : : : "r0", "r1");'.replace("=answer", "=0")
    _, elf = bench.built("mps2_an386", _BROKEN % call)
    with pytest.raises(FirmwareFailed, match="fault"):
        bench.replay(elf, "mps2_an386", motion(3))


def test_too_large_an_application_state_is_refused(bench):
    _, elf = bench.built("mps2_an386", (_BROKEN % "").replace("int unused;", "char unused[200];"))
    with pytest.raises(FirmwareFailed, match="APP_STATE_BYTES"):
        bench.replay(elf, "mps2_an386", motion(2))


def test_the_stack_mark_sees_a_large_frame(bench):
    use = "volatile char frame[3000]; for (int i = 0; i < 3000; i++) { frame[i] = 1; } (void)frame[0];"
    _, plain = bench.built("mps2_an386", _BROKEN % "")
    _, deep = bench.built("mps2_an386", _BROKEN % use)
    more = (
        bench.replay(deep, "mps2_an386", motion(3)).stack_bytes
        - bench.replay(plain, "mps2_an386", motion(3)).stack_bytes
    )
    assert 2_500 < more < 3_200


def test_application_lines_come_with_their_answers(bench):
    _, elf = bench.built("mps2_an386", _BROKEN % 'app_emit("\\x1b[31mred"); app_emit("@ns");')
    replay = bench.replay(elf, "mps2_an386", motion(3))
    assert replay.application == ((1, "red"), (1, "@ns"))
    assert len(replay.outputs) == 3


def test_printf_reaches_the_line_without_a_heap(bench):
    source = (_BROKEN % 'printf("%d and %s\\n", 7, "text");').replace("app.h", 'app.h"\n#include "stdio.h')
    _, elf = bench.built("mps2_an386", source)
    assert bench.replay(elf, "mps2_an386", motion(3)).application_lines == ("7 and text",)


def test_an_invented_answer_is_noticed(bench):
    _, elf = bench.built("mps2_an386", _BROKEN % 'app_emit("@ns answer 0 0 000000");')
    with pytest.raises(FirmwareFailed, match="3 answers were expected; 4 came, 3 were counted"):
        bench.replay(elf, "mps2_an386", motion(3))


def test_samples_must_fit_the_firmware(bench):
    _, elf = bench.built("mps2_an386")
    with pytest.raises(UsageError, match="windows of shape"):
        bench.replay(elf, "mps2_an386", np.zeros((2, LENGTH, 2), np.float32))
    with pytest.raises(UsageError, match="a recording of shape"):
        bench.emulator.replay_recording(
            elf, find_board("mps2_an386"), np.zeros((LENGTH - 1, 3), np.float32), shape=StreamShape(3, LENGTH, HOP),
            classes=3, sandbox=bench.sandbox, work=bench.root / "work",
        )  # fmt: skip
    with pytest.raises(FirmwareFailed, match="the firmware takes"):
        bench.emulator.replay_windows(
            elf, find_board("mps2_an386"), np.zeros((2, LENGTH, 3), np.float32), shape=StreamShape(3, LENGTH, 16),
            classes=3, sandbox=bench.sandbox, work=bench.root / "work",
        )  # fmt: skip


def test_an_image_that_is_none_is_refused(bench, tmp_path):
    (tmp_path / "firmware.elf").write_bytes(b"\x7fELF" + bytes(60))
    (tmp_path / "link.elf").symlink_to("/etc/passwd")
    with pytest.raises((ImageUnreadable, FirmwareFailed)):
        bench.replay(tmp_path / "firmware.elf", "mps2_an386", motion(1))
    with pytest.raises(ImageUnreadable, match="can't be opened"):
        bench.replay(tmp_path / "link.elf", "mps2_an386", motion(1))
