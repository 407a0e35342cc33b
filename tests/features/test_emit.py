"""What is emitted: compiles without a warning for every core, holds the host's very values, is the same every time."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanosmith.tools.errors import CommandFailed
from nanosmith.tools.features.emit import emit_front_end, front_end_sources, hex_float
from nanosmith.tools.features.layout import gain_and_offset, step_parameters
from nanosmith.tools.features.parameters import StepParameters
from nanosmith.tools.process import run_command
from nanosmith.tools.specs.candidate import FittedFrontEnd
from nanosmith.tools.specs.front_end import (
    BesideFrontEnd,
    ChainFrontEnd,
    FrontEnd,
    ImageFrontEnd,
    LogMelFrontEnd,
    MotionFrontEnd,
    PcenFrontEnd,
    RawFrontEnd,
    SpectrumFrontEnd,
    StatisticsFrontEnd,
    WaveletFrontEnd,
)

RAW = (RawFrontEnd(decimate=3), (60, 4), 50.0)
MEL = (LogMelFrontEnd(frame=100, hop=40, bands=10, low_hz=50, high_hz=1000), (300, 1), 2000.0)
IMAGE = (ImageFrontEnd(height=8, width=9, gray=False), (20, 21, 3), None)
PCEN = (PcenFrontEnd(frame=100, hop=40, bands=10, low_hz=50, high_hz=1000), (300, 1), 2000.0)
LEVELS = (MEL[0].model_copy(update={"range": 11.5}), (300, 1), 2000.0)
CHAIN = (
    ChainFrontEnd(
        stages=(
            MotionFrontEnd(triples=((0, 1, 2),), lag=4, decimate=2),
            StatisticsFrontEnd(frame=6, statistics=("crest", "std")),
        )
    ),
    (64, 4), 50.0,
)  # fmt: skip
BESIDE = (
    BesideFrontEnd(
        parts=(
            ChainFrontEnd(stages=(StatisticsFrontEnd(frame=8, statistics=("turns", "std")),)),
            ChainFrontEnd(stages=(RawFrontEnd(decimate=8),)),
        )
    ),
    (64, 4), 50.0,
)  # fmt: skip
WAVELET = (WaveletFrontEnd(levels=3, hop=4, measure="energy"), (64, 2), None)
SPECTRUM = (SpectrumFrontEnd(frame=40, hop=20, bands=6, compression="root"), (80, 3), None)
CASES = {
    "raw": RAW,
    "standardized": (RawFrontEnd(decimate=3, standardize=True), (60, 4), 50.0),
    "log_mel": MEL,
    "image": IMAGE,
    "pcen": PCEN,
    "levels": LEVELS,
    "chain": CHAIN,
    "beside": BESIDE,
    "wavelet": WAVELET,
    "spectrum": SPECTRUM,
}
KINDS = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


def fitted_to(fit, case: tuple[FrontEnd, tuple[int, ...], float | None]) -> FittedFrontEnd:
    front_end, sample_shape, rate_hz = case
    windows = np.random.default_rng(1).uniform(0, 255, size=(5, *sample_shape)).astype(np.float32)
    return fit(front_end, windows, rate_hz)


def compile_all(folder: Path, fitted: FittedFrontEnd, argv: list[str]) -> list[Path]:
    files = {**front_end_sources(fitted), **emit_front_end(fitted)}
    for name, text in files.items():
        (folder / name).write_text(text)
    objects = []
    for name in sorted(name for name in files if name.endswith(".c")):
        objects.append(folder / f"{name}.o")
        command = [*argv, "-c", name, "-o", str(objects[-1])]
        run_command(command, cwd=folder, timeout_s=60, env={"PATH": os.environ["PATH"]})
    return objects


@KINDS
def test_compiles_for_the_host(fit, tmp_path: Path, strict: list[str], case) -> None:
    extra = ["-Wmissing-prototypes", "-Wshadow", "-Wcast-qual", "-Wstrict-prototypes"]
    assert compile_all(tmp_path, fitted_to(fit, case), ["gcc", *strict, *extra])


@pytest.mark.skipif(not shutil.which("arm-none-eabi-gcc"), reason="needs gcc-arm-none-eabi")
@KINDS
@pytest.mark.parametrize("core", ["cortex-m0", "cortex-m4f", "cortex-m55"])
def test_compiles_for_boards_and_stays_small(fit, tmp_path: Path, strict, cpu_flags, case, core: str) -> None:
    """No library function but memcpy and the compiler's own, and no variable memory of its own."""
    objects = compile_all(tmp_path, fitted_to(fit, case), ["arm-none-eabi-gcc", *cpu_flags[core], *strict])
    listing = run_command(
        ["arm-none-eabi-nm", *map(str, objects)], cwd=tmp_path, timeout_s=60, env={"PATH": os.environ["PATH"]}
    ).text
    wanted = {line.split()[1] for line in listing.splitlines() if line.strip().startswith("U ")}
    assert {name for name in wanted if not name.startswith(("ns_", "__aeabi_"))} <= {"memcpy", "memset"}
    assert not re.findall(r" [bBdDC] ", listing)


@pytest.mark.skipif(not shutil.which("arm-none-eabi-gcc"), reason="needs gcc-arm-none-eabi")
@KINDS
def test_never_fuses_multiply_and_add(fit, tmp_path: Path, cpu_flags, case) -> None:
    """Even where a framework's flags leave out -ffp-contract=off.

    VMLA rounds its product like VMUL and VADD; VFMA and its kin don't.
    """
    argv = ["arm-none-eabi-gcc", *cpu_flags["cortex-m4f"], "-O2", "-std=c11"]
    objects = compile_all(tmp_path, fitted_to(fit, case), argv)
    code = run_command(
        ["arm-none-eabi-objdump", "-d", *map(str, objects)], cwd=tmp_path, timeout_s=60,
        env={"PATH": os.environ["PATH"]},
    ).text  # fmt: skip
    assert re.search(r"vmul\.f32", code)
    assert not re.findall(r"vfn?m[as]\.f32", code)


@KINDS
def test_fast_math_is_refused(fit, tmp_path: Path, case) -> None:
    with pytest.raises(CommandFailed, match="without -ffast-math"):
        compile_all(tmp_path, fitted_to(fit, case), ["gcc", "-O2", "-ffast-math"])


def arrays_of(parameters: StepParameters, prefix: str = "") -> Iterator[tuple[str, np.ndarray]]:
    inner = [(field.name, field.value) for field in parameters.fields]
    for name, value in [*inner, ("finish", parameters.finish)]:
        if isinstance(value, np.ndarray):
            yield prefix + name, value
        elif isinstance(value, StepParameters):
            yield from arrays_of(value, f"{prefix}{name}_")


@KINDS
def test_constants_are_the_hosts(fit, case) -> None:
    fitted = fitted_to(fit, case)
    source = emit_front_end(fitted)["front_end.c"]
    arrays = dict(re.findall(r"front_end_(\w+)\[\d+\] = \{[^\n]*\n(.*?)\n\};", source, re.S))
    expected = dict(zip(("gain", "offset"), gain_and_offset(fitted), strict=True))
    parameters = step_parameters(fitted.front_end, fitted.sample_shape, fitted.rate_hz)
    expected |= dict(arrays_of(parameters))
    assert arrays.keys() == expected.keys()
    for name, values in expected.items():
        texts = [text.strip() for text in arrays[name].split(",") if text.strip()]
        read = float.fromhex if values.dtype == np.float32 else int
        assert [read(text.rstrip("f")) for text in texts] == values.tolist()


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_hex_float_is_exact(value: float) -> None:
    text = hex_float(value)
    assert re.fullmatch(r"-?0x[01](\.[0-9a-f]+)?p[+-]\d+f", text)
    assert np.float32(float.fromhex(text[:-1])).tobytes() == np.float32(value).tobytes()


@KINDS
def test_is_the_same_every_time_and_says_where_it_comes_from(fit, case) -> None:
    fitted = fitted_to(fit, case)
    files = emit_front_end(fitted)
    assert files == emit_front_end(FittedFrontEnd.model_validate_json(fitted.model_dump_json()))
    for text in files.values():
        assert text.startswith("/* Generated by Nanosmith; do not edit.")
        assert f"Front-end {fitted.front_end.kind}:" in text
        assert re.search(r"sha256 of the fitted front-end: [0-9a-f]{64} \*/", text)
        assert max(map(len, text.splitlines())) <= 130
    assert emit_front_end(fitted.model_copy(update={"input_zero_point": 3})) != files


def test_another_name(fit) -> None:
    files = emit_front_end(fitted_to(fit, RAW), name="left")
    assert files.keys() == {"left.h", "left.c"}
    assert "#define LEFT_STATE_BYTES" in files["left.h"]
    assert "} left_state;" in files["left.h"]
    assert "front_end_" not in files["left.c"].replace("ns_front_end", "")


def test_only_what_a_kind_needs_is_shipped(fit) -> None:
    assert "ns_real_fft.c" in front_end_sources(fitted_to(fit, MEL))
    names = front_end_sources(fitted_to(fit, RAW))
    assert sorted(names) == [
        "ns_front_end.c", "ns_front_end.h", "ns_quantize.c", "ns_quantize.h", "ns_raw.c", "ns_raw.h",
        "ns_strict_float.h",
    ]  # fmt: skip
