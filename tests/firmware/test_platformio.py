"""The real `pio run` in the real sandbox: sizes, errors a user can act on, and attempts to get out."""

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from bench import BOARDS, series_spec

from nanosmith.tools.errors import ImageUnreadable, ToolMissing
from nanosmith.tools.firmware.boards import find_board
from nanosmith.tools.firmware.image import read_sections
from nanosmith.tools.firmware.platformio import PlatformIO
from nanosmith.tools.firmware.project import EMULATED, app_header, example_application

SECRET = "the secret of a test"


@pytest.mark.parametrize("board", BOARDS)
def test_sizes_agree_with_the_toolchains_own(bench, board):
    report, elf = bench.built(board)
    sizes = subprocess.run(["arm-none-eabi-size", "-B", elf], capture_output=True, text=True, check=True)
    text, data, bss = map(int, sizes.stdout.splitlines()[1].split()[:3])
    assert report.flash_bytes == text + data
    assert report.static_ram_bytes == data + bss
    assert report.flash_bytes == sum(s.size_bytes for s in report.sections if s.memory != "ram")
    assert report.static_ram_bytes < find_board(board).ram_bytes
    assert report.ok
    assert report.warnings == ()


def test_the_same_project_gives_the_same_image_anywhere(bench, tmp_path):
    images = []
    for name in ("one", "another folder"):
        bench.lay_out(tmp_path / name)
        _, elf = bench.platformio.build(tmp_path / name, EMULATED, bench.sandbox)
        assert elf is not None
        images.append(elf.read_bytes())
    assert images[0] == images[1]


def _errors(bench, application: str) -> tuple[str, ...]:
    project = bench.root / "mps2_an386"
    bench.lay_out(project, application=application)
    report, elf = bench.platformio.build(project, EMULATED, bench.sandbox)
    assert elf is None
    assert not report.ok
    assert report.flash_bytes == 0
    assert str(bench.root) not in "".join(report.errors), "paths are the project's"
    return report.errors


def test_a_compile_error_says_file_and_line(bench):
    errors = _errors(bench, example_application().replace("state->reports = 0;", "state->reports = none;", 1))
    assert len(errors) == 1
    assert errors[0].startswith("src/app.c:15: 'none' undeclared")


def test_a_warning_is_an_error(bench):
    errors = _errors(bench, example_application() + "\nstatic int unused(void) { return 1.5f; }\n")
    assert any(e.startswith("src/app.c:") and "[-Werror=" in e for e in errors)


def test_what_the_linker_misses_is_named(bench):
    errors = _errors(bench, example_application().replace("size_t app_state_bytes(void)", "size_t app_bytes(void)"))
    assert any("src/app.c:" in e or "app_state_bytes" in e for e in errors)
    source = example_application().replace("app_line_begin(&line);", "extern void gone(void); gone();")
    assert any("undefined reference to `gone'" in e for e in _errors(bench, source))


def test_too_much_for_the_board_is_told_in_bytes(bench, tmp_path):
    source = example_application() + "\nchar large[20000];\nchar *keep(void);\nchar *keep(void) { return large; }\n"
    source = source.replace("state->reports = 0;", "state->reports = *keep();").replace(
        "struct app_state {", "char *keep(void);\nstruct app_state {"
    )
    bench.lay_out(tmp_path, "microbit", source)
    report, _ = bench.platformio.build(tmp_path, EMULATED, bench.sandbox)
    assert any("`RAM' overflowed by" in e and e.endswith("bytes") for e in report.errors), report.errors


def test_at_most_twenty_messages_and_no_escapes(bench):
    errors = _errors(bench, "\n".join(f'#error "\x1b[31m{i}"' for i in range(50)))
    assert len(errors) == 20
    assert not any("\x1b" in e for e in errors)


def test_an_unknown_environment_is_told(bench):
    report, _ = bench.platformio.build(bench.root / "mps2_an386", "nowhere", bench.sandbox)
    assert any("nowhere" in e for e in report.errors), report.errors


def _with_script(bench, folder: Path, script: str, timeout_s: float = 30) -> tuple[str, ...]:
    bench.lay_out(folder)
    (folder / "script.py").write_text(script)
    ini = folder / "platformio.ini"
    ini.write_text(ini.read_text().replace("[env:emulated]", "[env:emulated]\nextra_scripts = pre:script.py"))
    report, elf = bench.platformio.build(folder, EMULATED, bench.sandbox, timeout_s=timeout_s)
    assert elf is None
    return report.errors


def test_a_build_that_hangs_is_ended(bench, tmp_path):
    errors = _with_script(bench, tmp_path, "while True:\n    pass\n", timeout_s=4)
    assert "still running after 4 s" in errors[0]


@pytest.mark.parametrize("path", ["/etc/shadow", "/etc/passwd", "/root/.bashrc", "/proc/1/environ"])
def test_an_include_of_the_hosts_files_shows_nothing(bench, path, monkeypatch):
    monkeypatch.setenv("NANOSMITH_TEST_KEY", SECRET)
    errors = "\n".join(_errors(bench, f'#include "{path}"\n'))
    assert not any(word in errors for word in (SECRET, "root:", "alias", "NANOSMITH_TEST_KEY")), errors


def test_an_include_shows_nothing_of_a_hosts_file(bench, tmp_path):
    (tmp_path / "secret.h").write_text(SECRET)
    for line in (f'#include "{tmp_path}/secret.h"', f'__asm__(".incbin \\"{tmp_path}/secret.h\\"");'):
        errors = _errors(bench, line + "\n")
        assert not any(SECRET in e for e in errors)
        assert any("secret.h" in e for e in errors)


def test_a_build_script_sees_and_changes_nothing_of_the_host(bench, tmp_path, monkeypatch):
    monkeypatch.setenv("NANOSMITH_TEST_KEY", SECRET)
    (tmp_path / "secret").write_text(SECRET)
    home = Path("~").expanduser()
    targets = [tmp_path / "planted", home / "planted", Path("/usr/planted")]
    script = f"""\
import os, pathlib, socket
for path in ({str(tmp_path / "secret")!r}, "/etc/shadow", {str(home / ".bashrc")!r}):
    try:
        print("STOLEN", pathlib.Path(path).read_text())
    except OSError:
        pass
for path in {[str(target) for target in targets]!r}:
    try:
        pathlib.Path(path).write_text("planted")
    except OSError:
        pass
try:
    socket.create_connection(("127.0.0.1", 22), 1)
    print("CONNECTED")
except OSError:
    pass
print(dict(os.environ))
raise SystemExit("the script ran")
"""
    log = "\n".join(_with_script(bench, tmp_path / "project", script))
    assert "the script ran" in log, log
    assert not any(word in log for word in ("STOLEN", "CONNECTED", "NANOSMITH_TEST_KEY", SECRET)), log
    assert not any(target.exists() for target in targets)


def test_the_core_folder_can_not_be_changed_by_a_build(bench, tmp_path):
    core = bench.platformio.core
    before = {p: p.read_bytes() for p in sorted(core.rglob("*")) if p.is_file()}
    script = f"import pathlib\npathlib.Path({str(core)!r}, 'platforms/nanosmith/platform.py').write_text('')\n"
    assert any("Read-only file system" in e or "Permission denied" in e for e in _with_script(bench, tmp_path, script))
    assert {p: p.read_bytes() for p in sorted(core.rglob("*")) if p.is_file()} == before


def test_an_image_that_leads_elsewhere_is_refused(bench, tmp_path):
    """A build script may leave a link where the image should be; the parent must not follow it."""
    (tmp_path / "elsewhere").write_text(SECRET)
    link = tmp_path / "firmware.elf"
    link.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ImageUnreadable):
        read_sections(link)
    os.mkfifo(tmp_path / "pipe.elf")
    with pytest.raises(ImageUnreadable, match="regular file"):
        read_sections(tmp_path / "pipe.elf")


def test_preparing_is_repeatable_and_safe_in_parallel(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: PlatformIO.prepare(tmp_path / "core"), range(16)))
    assert len(set(made)) == 1
    assert [p.name for p in (tmp_path / "core").iterdir()] == [made[0].core.name], "no scratch is left behind"


def test_parallel_builds_share_the_core_folder(bench, tmp_path):
    folders = [tmp_path / str(i) for i in range(3)]
    for folder in folders:
        bench.lay_out(folder)
    with ThreadPoolExecutor(3) as pool:
        reports = list(pool.map(lambda f: bench.platformio.build(f, EMULATED, bench.sandbox)[0], folders))
    assert [report.ok for report in reports] == [True] * 3, [report.errors for report in reports]


def test_a_missing_cross_compiler_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolMissing, match=r"apt-get install gcc-arm-none-eabi"):
        PlatformIO.prepare(tmp_path / "core")


def test_the_header_alone_compiles_for_the_smallest_core(tmp_path):
    (tmp_path / "app.h").write_text(app_header(series_spec()))
    flags = ["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror", "-mcpu=cortex-m0", "-mthumb"]
    subprocess.run(["arm-none-eabi-gcc", *flags, "-fsyntax-only", "-xc", "app.h"], cwd=tmp_path, check=True)
