"""Makes the modules of this folder that are no tests importable."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from browser import Page, find_chromium, open_browser


@pytest.fixture(scope="session")
def chromium() -> Iterator[Page]:
    """One tab of a real browser. Without a browser its tests are skipped, but on CI they fail."""
    program = find_chromium()
    if program is None:
        missing = "no chromium on the PATH; install it with: apt-get install chromium"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    with open_browser(program) as page:
        yield page
