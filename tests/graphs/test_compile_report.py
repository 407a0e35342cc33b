"""`nanosmith compile --report`: what layers cost, on the terminal and as a page, with and without a cross compiler."""

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from nanosmith.graphs.cli import app

MODEL = Path(__file__).parents[1] / "compiler" / "corpus" / "motion.tflite"


def compiled(tmp_path: Path, board: str, bound: int) -> str:
    done = CliRunner().invoke(app, ["compile", str(MODEL), "--out", str(tmp_path / "c"), "--board", board, "--report"])
    assert done.exit_code == 0, done.output
    assert "#" in done.output, "the arena is drawn"
    assert f"lower bound {bound} B" in " ".join(done.output.split())
    return done.output


def test_a_report_counts_instructions_on_the_boards_core(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for program in ("arm-none-eabi-gcc", "qemu-system-arm"):
        if shutil.which(program) is None:
            pytest.skip(f"needs {program}")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    told = compiled(tmp_path, "mps2_an385", 576)
    assert "instructions an inference on the emulated cortex-m3" in told
    assert "stack at most" in told
    page = (tmp_path / "c" / "model_report.html").read_text()
    assert "CONV_2D" in page
    assert "<svg" in page
    assert "<script" not in page


def test_without_a_cross_compiler_the_report_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path))
    told = compiled(tmp_path, "mps2_an386", 692)
    assert "apt-get install gcc-arm-none-eabi" in told
    assert "apt-get install gcc-arm-none-eabi" in (tmp_path / "c" / "model_report.html").read_text()
