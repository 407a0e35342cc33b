"""What the command line says when it can't do what was asked: one clear message, the right exit status."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

GOAL = "A wristband that tells rest, swing and shake apart."


def nanosmith(*argv: str, cwd: Path, path: str | None = None) -> "subprocess.CompletedProcess[str]":
    env = {**os.environ, "XDG_CACHE_HOME": str(cwd / "cache")}
    if path is not None:
        env["PATH"] = path
    return subprocess.run(
        [sys.executable, "-m", "nanosmith.graphs", *argv], cwd=cwd, env=env, capture_output=True, text=True,
        timeout=300, check=False,
    )  # fmt: skip


def test_help_lists_every_command_with_a_sentence(tmp_path: Path) -> None:
    done = nanosmith("--help", cwd=tmp_path)
    assert done.returncode == 0
    for command in ("run", "resume", "finish", "runs", "show", "data", "boards", "doctor", "compile"):
        assert f"  {command} " in done.stdout
        single = nanosmith(command, "--help", cwd=tmp_path)
        assert single.returncode == 0
        assert len(single.stdout.split("\n\n")[1]) > 20


def test_an_unknown_board_names_the_nearest_and_how_to_add_one(tmp_path: Path, motion_folder: Path) -> None:
    done = nanosmith("run", GOAL, "--data", str(motion_folder), "--board", "mps2_an38", cwd=tmp_path)
    assert done.returncode == 2
    assert "mps2_an386" in done.stderr
    assert "--how-to-add" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("goal", "said"), [("", "the goal is empty"), ("xqzt 9f8 %% ww", "goal"), ("Bake me a cake, please.", "goal")]
)
def test_a_garbage_goal_is_one_message(tmp_path: Path, motion_folder: Path, goal: str, said: str) -> None:
    done = nanosmith("run", goal, "--data", str(motion_folder), cwd=tmp_path)
    assert done.returncode == 2, done.stdout + done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_an_empty_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = nanosmith("run", GOAL, "--data", "empty", cwd=tmp_path)
    assert done.returncode == 2
    assert "empty" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    done = nanosmith("run", GOAL, "--data", "nowhere", cwd=tmp_path)
    assert done.returncode == 2
    assert "nowhere" in done.stderr


def test_no_cross_compiler_is_one_message_with_the_command_that_installs_it(
    tmp_path: Path, motion_folder: Path
) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("gcc", "as", "ld", "bwrap", "prlimit"):
        (tools / name).symlink_to(f"/usr/bin/{name}")
    done = nanosmith("run", GOAL, "--data", str(motion_folder), "--out", "run", cwd=tmp_path, path=str(tools))
    assert done.returncode == 1, done.stdout + done.stderr
    assert "arm-none-eabi-gcc" in done.stderr
    assert "apt-get install gcc-arm-none-eabi" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list((tmp_path / "run" / "work").glob("trainings/*")), "found out before any training was paid for"


def test_there_is_nothing_to_resume(tmp_path: Path) -> None:
    done = nanosmith("resume", cwd=tmp_path)
    assert done.returncode == 1
    assert "nanosmith run --help" in done.stderr


def test_boards_and_how_to_add_one(tmp_path: Path) -> None:
    listed = nanosmith("boards", cwd=tmp_path).stdout
    for board in ("mps2_an385", "mps2_an386", "mps2_an500", "mps2_an505", "mps3_an547", "netduinoplus2", "microbit"):
        assert board in listed
    assert "flash_bytes" in nanosmith("boards", "--how-to-add", cwd=tmp_path).stdout


def test_runs_lists_nothing_kindly(tmp_path: Path) -> None:
    assert "no runs yet" in nanosmith("runs", cwd=tmp_path).stdout


def test_compile_makes_c_for_the_core_of_a_board(tmp_path: Path) -> None:
    model = Path(__file__).parents[1] / "compiler" / "corpus" / "motion.tflite"
    for board, core in (([], "cortex-m4f"), (["--board", "mps3_an547"], "cortex-m55")):
        done = nanosmith("compile", str(model), *board, "--out", core, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert core in done.stdout
        assert (tmp_path / core / "model.c").exists()
        assert (tmp_path / core / "ns_conv_mve_s8.c").exists() == (core == "cortex-m55")


def test_a_folder_becomes_a_page_and_its_print(tmp_path: Path, motion_folder: Path) -> None:
    done = nanosmith("data", str(motion_folder), "--out", "page.html", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "page.html").read_text()
    for said in ("rest", "swing", "shake", "x_acc"):
        assert said in page
        assert said in done.stdout
    assert page.count('class="example"') >= 3
    assert "▁" in done.stdout
    assert "page.html" in done.stdout


def test_a_folder_that_cannot_be_read_is_one_message(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = nanosmith("data", "empty", cwd=tmp_path)
    assert done.returncode == 2
    assert "empty" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "data.html").exists()
