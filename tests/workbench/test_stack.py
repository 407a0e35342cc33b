"""The stack bound: read from code whose frames are known."""

import shutil
from pathlib import Path

import pytest

from nanosmith.tools.process import run_command
from nanosmith.tools.workbench.stack import bound_of_listing

ARM = """
00000100 <root>:
 100:\tpush\t{r4, r5, lr}
 102:\tsub\tsp, #20
 104:\tbl\t200 <small>
 108:\tbl\t300 <large>
 10c:\tbne.n\t104 <root+0x4>
 10e:\tpop\t{r4, r5, pc}

00000200 <small>:
 200:\tbx\tlr

00000300 <large>:
 300:\tstmdb\tsp!, {r4-r11, lr}
 304:\tvpush\t{d8-d9}
 308:\tstr.w\tr0, [sp, #-8]!
 30c:\tsub.w\tsp, sp, #1024\t@ 0x400
 310:\tb.w\t200 <small>
"""


def test_pushes_add_up_along_the_deepest_way() -> None:
    bound = bound_of_listing(ARM, 0x100)
    assert bound.stack_bytes == (12 + 20) + (36 + 16 + 8 + 1024)
    assert bound.path == ("root", "large")


@pytest.mark.parametrize(
    ("code", "reason"),
    [("bl\t100 <root>", "calls itself"), ("sub\tsp, sp, r3", "unknown size"), ("bl\t50 <gone>", "no code")],
)
def test_what_has_no_bound_says_why(code: str, reason: str) -> None:
    listing = ARM.replace("bx\tlr", code)
    bound = bound_of_listing(listing, 0x100)
    assert bound.stack_bytes is None
    assert reason in bound.reason


def test_a_call_through_a_pointer_reaches_what_nobody_calls_by_name() -> None:
    pointed = "\n00000400 <pointed>:\n 400:\tsub\tsp, #96\n 402:\tbx\tlr\n"
    bound = bound_of_listing(ARM.replace("bx\tlr", "blx\tr3") + pointed, 0x100)
    assert bound.stack_bytes == (12 + 20) + (36 + 16 + 8 + 1024) + 96
    assert bound.path == ("root", "large", "small", "pointed")


@pytest.mark.parametrize("prefix", ["arm-none-eabi-", "riscv64-unknown-elf-"])
def test_gcc_agrees_about_a_frame(prefix: str, tmp_path: Path) -> None:
    gcc, objdump = shutil.which(f"{prefix}gcc"), shutil.which(f"{prefix}objdump")
    if gcc is None or objdump is None:
        pytest.skip(f"needs {prefix}gcc")
    source = "void use(char *); __attribute__((noinline)) int leaf(void) { char b[200]; use(b); return b[0]; }\n"
    (tmp_path / "a.c").write_text(source + "void use(char *at) { *(volatile char *)at = 1; }\n")
    flags = ("-mcpu=cortex-m3", "-mthumb") if prefix.startswith("arm") else ("-march=rv32imc", "-mabi=ilp32")
    run_command((gcc, *flags, "-O2", "-fno-inline", "-fstack-usage", "-c", "a.c"), cwd=tmp_path, timeout_s=60,
                env={"PATH": "/usr/bin:/bin"})  # fmt: skip
    said = next(line for line in (tmp_path / "a.su").read_text().splitlines() if ":leaf" in line).split("\t")[1]
    listing = run_command((objdump, "-dr", "--no-show-raw-insn", "a.o"), cwd=tmp_path, timeout_s=60, env={}).text
    start = next(int(line.split()[0], 16) for line in listing.splitlines() if line.endswith("<leaf>:"))
    assert bound_of_listing(listing, start).stack_bytes == int(said)
