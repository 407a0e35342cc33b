"""A firmware project or image that attacks its builder or emulator gets nothing; without the sandbox it would."""

from typing import Any

import pytest
from attackers import WHO

BUILDS = (
    "extra_scripts that read", "extra_scripts that write", "build_flags that run a command", "a library's script",
    "an include", "incbin", "options for the linker",
)  # fmt: skip
Built = dict[str, dict[str, Any]]


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("name", BUILDS)
def test_a_build_is_contained(built: Built, who: str, name: str) -> None:
    found = built[who][f"build: {name}"]
    assert found["escaped"] == ""
    assert found["ended"] == "refused", "it built all the same"


@pytest.mark.parametrize("name", BUILDS)
def test_without_the_sandbox_the_build_gives_it_away(built: Built, name: str) -> None:
    found = built[WHO[0]][f"control of build: {name}"]
    assert found["escaped"] != "", found["said"]


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("name", ["semihosting as it is run", "semihosting switched on"])
def test_an_image_is_contained(built: Built, who: str, name: str) -> None:
    assert built[who][f"image: {name}"]["escaped"] == ""


@pytest.mark.parametrize("who", WHO)
def test_without_the_sandbox_semihosting_is_a_shell(built: Built, who: str) -> None:
    found = built[who]["control of image: semihosting switched on"]
    assert found["escaped"] != "", found["said"]
