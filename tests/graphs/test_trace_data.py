"""The data as the terminal shows it."""

import io

import pytest
from rich.console import Console

from nanosmith.graphs.trace_data import render_data
from nanosmith.tools.specs.data_profile import ClassProfile, DataProfile
from nanosmith.tools.specs.report import DataPage, ExampleWindow


@pytest.mark.parametrize("width", [40, 80])
def test_pictures_are_shaded(width: int) -> None:
    black, white = (0, 0, 0), (255, 255, 255)
    example = ExampleWindow(label="\x1b[2Jnight", pixels=((black, white), (black, white)))
    profile = DataProfile(
        kind="image", recordings=2, total_s=None, rate_hz=None, channels=(),
        classes=(ClassProfile(name="night", recordings=1, samples=1, groups=1),), group_kind=None, groups=(),
        sealed_groups=0, split_source="by recording",
    )  # fmt: skip
    out = io.StringIO()
    page = DataPage(source="p", profile=profile, baseline=None, examples=(example,))
    Console(file=out, width=width, color_system=None).print(render_data(page))
    assert " █" in out.getvalue()
    assert "\x1b" not in out.getvalue()
