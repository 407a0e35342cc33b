"""The compiler benchmark: rows are merged, ratios and bars are right, a refused model is recorded."""

import csv
import shutil
from pathlib import Path

import exactness
import pytest
import run as benchmark
from models import unary_model
from realistic import realistic_inputs
from rows import COLUMNS, NUMBERS, PEER, Key, Row, merge_rows, read_rows
from table import print_table

ROOT = Path(__file__).parents[2]


def row(model: str, peer: str, instructions: int, *, ram: int = 100, core: str = "M4F") -> Row:
    numbers = dict.fromkeys(NUMBERS, 10) | {"instructions": instructions, "ram_bytes": ram}
    return Row(model, peer, core, "def", numbers)


def by_key(*rows: Row) -> dict[Key, Row]:
    return {r.key: r for r in rows}


def test_rows_are_replaced_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "results.csv"
    merge_rows(path, [row("b", PEER, 5), row("a", PEER, 7), Row("c", PEER, "M0", "def", {})])
    merge_rows(path, [row("a", PEER, 8)])
    kept = read_rows(path)
    assert [key[0] for key in kept] == ["a", "b", "c"]
    assert kept["a", PEER, "M4F", "def"].numbers["instructions"] == 8
    assert kept["c", PEER, "M0", "def"].numbers == {}
    assert path.read_text().splitlines()[0] == ",".join(COLUMNS)


def test_means_are_geometric_and_stand_beside_their_bars(capsys: pytest.CaptureFixture[str]) -> None:
    peers = by_key(row("a", "tflm-cmsis", 100, ram=200), row("b", "tflm-cmsis", 100, ram=200))
    print_table(by_key(row("a", PEER, 20), row("b", PEER, 80)), peers)
    told = capsys.readouterr().out
    assert "instr 0.400 aim (0.65, 0.50)" in told
    assert "RAM 0.500 aim (0.60, 0.52)" in told
    assert "flash-c 1.000 FAIL (0.20, 0.12)" in told
    assert "2 of 2 models" in told


def test_one_column_worse_than_the_other_compiler_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    ours = by_key(row("a", PEER, 101))
    assert not print_table(ours, by_key(row("a", "aot-cmsis", 100)))
    assert "a M4F def instructions: 101 where 100" in capsys.readouterr().out
    print_table(by_key(row("a", PEER, 100)), by_key(row("a", "aot-cmsis", 100)))
    assert "(1 rows compared): pass" in capsys.readouterr().out


def test_a_core_without_peers_is_compared_with_the_one_named(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(by_key(row("a", PEER, 50, core="M33")), by_key(row("a", "tflm-cmsis", 100)))
    assert "peers on M4F" in capsys.readouterr().out


def test_a_folder_is_measured_and_a_refused_model_recorded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for program in ("arm-none-eabi-gcc", "qemu-system-arm"):
        if shutil.which(program) is None:
            pytest.skip(f"needs {program}")
    shutil.copy(ROOT / "tests" / "compiler" / "corpus" / "motion.tflite", tmp_path)
    (tmp_path / "odd.tflite").write_bytes(unary_model("ELU", dtype="int16"))
    results = tmp_path / "results.csv"
    status = benchmark.main(
        [str(tmp_path), "--cores", "M3", "--presets", "Os", "--jobs", "1", "--results", str(results),
         "--cache", str(tmp_path / "cache")]
    )  # fmt: skip
    told = capsys.readouterr().out
    assert status == 0, told
    rows = read_rows(results)
    found = rows["motion", PEER, "M3", "Os"].numbers
    assert found["instructions"] > 29_328, "as many as there are multiply-accumulates"
    assert found["flash_minus_constants_bytes"] == found["flash_bytes"] - found["constant_bytes"]
    assert found.get("max_abs_diff", 0) == 0
    assert rows["odd", PEER, "M3", "Os"].numbers == {}
    assert "refused" in told
    assert "motion for cortex-m3: arena 576 B, bound 576 B, gap 0.0 %" in told


def test_nothing_to_measure_is_a_clear_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert benchmark.main([str(tmp_path / "nowhere")]) == 0
    assert "skipped: no .tflite files" in capsys.readouterr().out


def test_exactness_is_kept_by_kind_of_input_core_and_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("tflite_micro", reason="the oracle needs Linux on x86-64")
    for program in ("arm-none-eabi-gcc", "qemu-system-arm"):
        if shutil.which(program) is None:
            pytest.skip(f"needs {program}")
    results = tmp_path / "exactness.csv"
    model = ROOT / "tests" / "compiler" / "corpus" / "motion.tflite"
    asked = ["--random", "6", "--realistic", "3", "--emulated", "2", "--cores", "M3", "--cache", str(tmp_path)]
    assert exactness.main([str(model), "--results", str(results), *asked]) == 0
    with results.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    counts = {(r["inputs"], r["place"]): int(r["count"]) for r in rows}
    assert counts == {
        ("random", "emulated"): 2,
        ("random", "host"): 6,
        ("realistic", "emulated"): 2,
        ("realistic", "host"): 3,
    }
    assert all(r["differing_bytes"] == "0" and int(r["answers"]) > 1 for r in rows)
    assert "0 of 4 rows differ" in capsys.readouterr().out


def test_without_recordings_inputs_are_smooth_and_span_the_range() -> None:
    inputs = realistic_inputs("anything", (1, 16, 16, 1), 4, None)
    assert inputs.rows.shape == (4, 1, 16, 16, 1)
    assert inputs.rows.min() == -128
    assert inputs.rows.max() == 127
    steps = abs(inputs.rows[:, :, 1:].astype(int) - inputs.rows[:, :, :-1].astype(int)).mean()
    assert steps < 60, "neighbors are alike; of uniform bytes they differ by 85"
