"""Manifests, and finding a board by whatever a user calls it."""

import subprocess

import pytest
from bench import BOARDS

from nanosmith.tools.errors import UnknownBoard, UsageError
from nanosmith.tools.firmware.boards import HOW_TO_ADD, find_board, load_boards


def test_the_boards_that_ship():
    boards = load_boards()
    assert tuple(board.id for board in boards) == BOARDS
    assert {board.core for board in boards} == {
        "cortex-m0", "cortex-m3", "cortex-m4f", "cortex-m7", "cortex-m33", "cortex-m55",
    }  # fmt: skip
    for board in boards:
        assert board.emulation is not None
        assert board.emulation.is_exact or board.emulation.note, "what differs is said"
        assert 0.3 <= board.instructions_per_cycle <= 2


def test_figures_of_the_data_sheets():
    microbit, nucleo = find_board("microbit"), find_board("nucleo_f446re")
    assert (microbit.clock_hz, microbit.flash_bytes, microbit.ram_bytes) == (16e6, 256 * 1024, 16 * 1024)
    assert (nucleo.clock_hz, nucleo.flash_bytes, nucleo.ram_bytes) == (180e6, 512 * 1024, 128 * 1024)


def test_the_emulator_has_every_machine():
    known = subprocess.run(["qemu-system-arm", "-M", "help"], capture_output=True, text=True, check=True).stdout
    machines = {line.split()[0] for line in known.splitlines() if line}
    assert {board.emulation.machine for board in load_boards()} <= machines


@pytest.mark.parametrize(
    ("name", "found"),
    [("mps2_an386", "mps2_an386"), ("MPS2-AN386", "mps2_an386"), ("Nucleo F446RE", "nucleo_f446re"),
     ("nucleo", "nucleo_f446re"), ("micro:bit", "microbit"), ("Cortex-M55", "mps3_an547"),
     ("STM32F405", "netduinoplus2")],
)  # fmt: skip
def test_names_that_people_use(name, found):
    assert find_board(name).id == found


def test_no_name_leads_to_two_boards():
    names = [name.lower() for board in load_boards() for name in (board.id, *board.aliases)]
    assert len(names) == len(set(names))


def test_an_unknown_board_gets_the_nearest():
    with pytest.raises(UnknownBoard) as raised:
        find_board("nucleo_f411re")
    assert raised.value.nearest[0] == "nucleo_f446re"
    with pytest.raises(UnknownBoard, match="Nearest: ") as raised:
        find_board("\x1b[31mzzz")
    assert "\x1b" not in str(raised.value)


def test_a_board_of_the_users_own(tmp_path):
    text = HOW_TO_ADD[HOW_TO_ADD.index("# STM32F446RE") :]
    (tmp_path / "my_board.toml").write_text(text.replace('id = "nucleo_f446re"', 'id = "my_board"'))
    assert find_board("my board", tmp_path).ram_bytes == 131_072


@pytest.mark.parametrize(
    ("text", "message"),
    [("id = ", "not a readable board manifest"), ('id = "broken"', "name: Field required"),
     ("\xff", "not a readable board manifest")],
)  # fmt: skip
def test_a_broken_manifest_is_named(tmp_path, text, message):
    (tmp_path / "broken.toml").write_bytes(text.encode("latin-1"))
    with pytest.raises(UsageError, match=rf"broken\.toml: .*{message}"):
        load_boards(tmp_path)


def test_a_manifest_in_a_file_of_another_name(tmp_path):
    (tmp_path / "other.toml").write_text(HOW_TO_ADD[HOW_TO_ADD.index("# STM32F446RE") :])
    with pytest.raises(UsageError, match="the file must have the same name"):
        load_boards(tmp_path)
