"""The page in a real browser: quiet, readable on a phone, deaf to hostile labels."""

from pathlib import Path

import pytest
from browser import Page
from sample_report import sample_report
from sample_states import STATES, hostile_report

from nanosmith.tools.report.page import render_report

_CONTRAST = """
(() => {
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const rgb = color => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1);
                         return [...canvas.getImageData(0, 0, 1, 1).data]; };
  const light = c => { const [r, g, b] = c.map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
                       return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const faults = [];
  for (const element of document.querySelectorAll("body *:not(svg *):not(details *)")) {
    const own = [...element.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!own) continue;
    let back = element;
    while (back && rgb(getComputedStyle(back).backgroundColor)[3] < 255) back = back.parentElement;
    const [a, b] = [light(rgb(getComputedStyle(element).color)),
                    light(rgb(getComputedStyle(back || document.body).backgroundColor))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) faults.push(`${element.tagName}.${element.className} ${ratio.toFixed(2)}`);
  }
  return faults;
})()
"""


@pytest.fixture
def written(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    path = tmp_path / "report.html"
    path.write_text(render_report(STATES[request.param]()), encoding="utf-8")
    return path


@pytest.mark.parametrize("written", sorted(STATES), indirect=True)
@pytest.mark.parametrize("width", [320, 390, 800, 1280])
def test_the_page_fits_the_window_and_the_console_is_silent(chromium: Page, written: Path, width: int) -> None:
    chromium.open(written, width=width)
    assert chromium.evaluate("document.documentElement.scrollWidth") <= width
    assert chromium.complaints() == []
    assert chromium.requests() == [written.as_uri()]


@pytest.mark.parametrize("written", ["met"], indirect=True)
def test_key_texts_can_be_read_on_a_phone(chromium: Page, written: Path) -> None:
    chromium.open(written, width=390)
    text = chromium.evaluate("document.body.innerText")
    for expected in ("Contract met", "macro-F1", "0.8901", "29,316 B", "The sealed test", "Memory map", "Every trial"):
        assert expected in text
    smallest = chromium.evaluate(
        "Math.min(...[...document.querySelectorAll('main *:not(svg *)')]"
        ".map(e => parseFloat(getComputedStyle(e).fontSize)))"
    )
    assert smallest >= 11


@pytest.mark.parametrize("written", ["met", "not_met"], indirect=True)
@pytest.mark.parametrize("dark", [False, True])
def test_text_stands_out_from_its_background(chromium: Page, written: Path, dark: bool) -> None:
    """WCAG 2.2, success criterion 1.4.3: at least 4.5 to 1."""
    chromium.open(written, width=1280, dark=dark)
    assert chromium.evaluate(_CONTRAST) == []


@pytest.mark.parametrize("written", ["met"], indirect=True)
def test_dark_and_light_follow_the_reader(chromium: Page, written: Path) -> None:
    colors = []
    for dark in (False, True):
        chromium.open(written, width=800, dark=dark)
        colors.append(chromium.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert colors == ["rgb(251, 251, 249)", "rgb(19, 22, 25)"]


def test_hostile_labels_do_nothing(chromium: Page, tmp_path: Path) -> None:
    counts = []
    for name, data in (("quiet", sample_report()), ("hostile", hostile_report())):
        path = tmp_path / f"{name}.html"
        path.write_text(render_report(data.model_copy(update={"sandboxed": True})), encoding="utf-8")
        chromium.open(path, width=390)
        assert chromium.evaluate("document.querySelectorAll('script').length") == 0
        counts.append(chromium.evaluate("document.querySelectorAll('img').length"))
        title = chromium.evaluate("document.title")
    assert counts == [0, 0]
    assert title != "owned"
    assert "<script>" in title  # shown as text
    assert chromium.complaints() == []


@pytest.mark.parametrize("written", ["met"], indirect=True)
def test_wide_content_scrolls_inside_its_own_box(chromium: Page, written: Path) -> None:
    chromium.open(written, width=390)
    boxes = chromium.evaluate(
        "[...document.querySelectorAll('.scroll, figure.scrolls')].filter(e => e.scrollWidth > e.clientWidth).length"
    )
    assert boxes > 0


@pytest.mark.parametrize("written", ["met"], indirect=True)
def test_the_page_prints(chromium: Page, written: Path, tmp_path: Path) -> None:
    chromium.open(written, width=1280)
    chromium.pdf(tmp_path / "report.pdf")
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF-")
