"""The pictures hold what the numbers say, whatever the numbers are."""

import base64
import io
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup
from PIL import Image
from sample_report import layers, sample_report

from nanosmith.tools.report.curves import learning_curve
from nanosmith.tools.report.examples import draw_examples, pick_examples
from nanosmith.tools.report.facts import strip
from nanosmith.tools.report.memory import arena_chart, memories
from nanosmith.tools.report.page import render_report
from nanosmith.tools.report.scatter import Dot, score_against
from nanosmith.tools.report.svg import element, number, ticks
from nanosmith.tools.report.timeline import agreement, timeline_chart
from nanosmith.tools.specs.report import ExampleWindow, ReportLayer
from nanosmith.tools.specs.trial import CurvePoint, Interval, Metric, Trial
from nanosmith.tools.specs.verification import TimelinePoint

UNIT = st.floats(0, 1, allow_nan=False)


def coordinates(svg: Markup, *names: str) -> list[float]:
    found = [float(v) for name in names for v in re.findall(rf'\b{name}="(-?[\d.]+)"', svg)]
    points = [pair for block in re.findall(r'points="([^"]*)"', svg) for pair in block.split()]
    axis = {"x": 0, "cx": 0, "y": 1, "cy": 1}
    return found + [float(p.split(",")[axis[names[0]]]) for p in points]


def test_text_and_attributes_are_escaped() -> None:
    made = element("text", '<b>"&', title='"><script>')
    assert made == '<text title="&#34;&gt;&lt;script&gt;">&lt;b&gt;&#34;&amp;</text>'


@pytest.mark.parametrize(("value", "said"), [(-0.0001, "0"), (1.5, "1.5"), (2.0, "2"), (0.126, "0.13"), (1e3, "1000")])
def test_a_coordinate_is_short(value: float, said: str) -> None:
    assert number(value) == said


@given(st.floats(-1e9, 1e9), st.floats(1e-3, 1e9))
def test_ticks_are_round_and_inside(low: float, span: float) -> None:
    high = low + span
    found = ticks(low, high)
    tolerance = 1e-6 * max(abs(low), abs(high), span)
    assert len(found) <= 11
    assert all(low - tolerance <= tick <= high + tolerance for tick in found)


def test_ticks_of_nothing_are_one() -> None:
    assert ticks(3.0, 3.0) == [3.0]


@given(st.lists(st.tuples(UNIT, st.none() | UNIT), min_size=1, max_size=20))
def test_a_learning_curve_stays_inside_its_frame(values: list[tuple[float, float | None]]) -> None:
    curve = tuple(CurvePoint(epoch=i + 1, loss=1.0, train=t, validation=v) for i, (t, v) in enumerate(values))
    svg = learning_curve(Trial(candidate="c01", status="complete", curves=(curve,)))
    assert svg is not None
    assert all(0 <= x <= 300 for x in coordinates(svg, "x", "cx", "x1", "x2"))
    assert all(0 <= y <= 150 for y in coordinates(svg, "y", "cy", "y1", "y2"))


def test_a_training_that_ended_before_its_first_epoch_has_no_curve() -> None:
    assert learning_curve(Trial(candidate="c01", status="failed", curves=((),))) is None


@given(
    st.lists(st.tuples(st.integers(0, 10**7), UNIT), max_size=12), st.none() | st.integers(0, 10**7), st.none() | UNIT
)
def test_a_scatter_keeps_every_point_inside(
    points: list[tuple[int, float]], budget: int | None, limit: float | None
) -> None:
    dots = [Dot(f"c{i:02d}", size, s, max(0, s - 0.1), min(1, s + 0.1), i == 0) for i, (size, s) in enumerate(points)]
    svg = score_against(dots, what="flash", budget=budget, limit=limit, metric="accuracy")
    assert svg.count("<circle") == len(points)
    assert all(42 <= x <= 348.01 for x in coordinates(svg, "cx")[: len(points)])
    assert all(14 <= float(y) <= 228 for y in re.findall(r'cy="([\d.]+)"', svg))
    assert all(f">c{i:02d}</text>" in svg for i in range(len(points)))


def test_a_budget_far_away_is_named_not_drawn() -> None:
    dots = [Dot("c01", 20_000, 0.9, None, None, is_chosen=True)]
    far = score_against(dots, what="flash", budget=4_194_304, limit=0.8, metric="accuracy")
    near = score_against(dots, what="flash", budget=64_000, limit=0.8, metric="accuracy")
    assert far.count('class="limit"') == 1
    assert "budget 4194.3 kB" in far
    assert near.count('class="limit"') == 2


def test_names_of_points_at_one_place_do_not_cover_each_other() -> None:
    dots = [Dot(f"c{i:02d}", 20_000, 0.9, None, None, is_chosen=False) for i in range(3)]
    svg = score_against(dots, what="RAM", budget=None, limit=None, metric="accuracy")
    places = re.findall(r'<text x="([\d.]+)" y="([\d.]+)" text-anchor="start" class="point"', svg)
    assert len(set(places)) == 3


def test_memory_bars_add_up_to_what_was_measured() -> None:
    data = sample_report()
    assert data.summary.device is not None
    flash, ram = memories(data)
    assert sum(part.size_bytes for part in flash.parts) == data.summary.device.flash_bytes
    assert sum(part.size_bytes for part in ram.parts) == data.summary.device.ram_bytes
    assert flash.budget_bytes == 64_000
    assert all(sum(part.share for part in memory.parts) <= 100.01 for memory in (flash, ram))


def test_the_arena_chart_draws_each_tensor_where_and_as_long_as_it_lives() -> None:
    svg = arena_chart(layers())
    assert svg is not None
    rows = re.findall(r'y="([\d.]+)" width="([\d.]+)" height="([\d.]+)" rx="3"', svg)
    assert len(rows) == len(layers())
    heights = [float(height) for _, _, height in rows]
    assert heights[1] == pytest.approx(heights[0] + 22)  # steps 1 to 3 against steps 0 to 1
    assert "conv1d: 800 B at 600, steps 1 to 3" in svg


def test_unknown_lifetimes_are_said_to_be_unknown() -> None:
    data = sample_report()
    unknown = tuple(layer.model_copy(update={"last_used": None}) for layer in data.layers)
    assert "to the last one that reads it" in render_report(data)
    page = render_report(data.model_copy(update={"layers": unknown}))
    assert "to the last one that reads it" not in page
    assert "lives longer than its block" in page


def test_an_arena_of_nothing_is_no_chart() -> None:
    assert arena_chart(()) is None
    empty = ReportLayer(name="x", op="X", shape=(), offset=0, size_bytes=0)
    assert arena_chart((empty,)) is not None


def test_the_timeline_marks_wrong_answers_apart() -> None:
    points = [TimelinePoint(at=i / 2, label=label, answer=a) for i, (label, a) in enumerate([(0, 0), (0, 1), (-1, 1)])]
    svg = timeline_chart(points, ("rest", "walk"), in_seconds=True)
    assert svg is not None
    assert svg.count('class="truth"') == 1
    assert re.search(r'd="([^"]*)" class="answer wrong"', svg)[1].count("M") == 1  # type: ignore[index]
    assert re.search(r'd="([^"]*)" class="answer right"', svg)[1].count("M") == 2  # type: ignore[index]
    assert agreement(points) == "1 of 2 labelled answers are right."


def test_the_timeline_draws_the_class_in_force_where_there_is_one() -> None:
    told = [(0, 1, -1), (0, 0, 0), (1, 1, 0), (1, 1, 1), (1, 0, 1)]
    points = [TimelinePoint(at=i, label=label, answer=a, in_force=f) for i, (label, a, f) in enumerate(told)]
    svg = timeline_chart(points, ("rest", "walk"), in_seconds=True)
    assert svg is not None
    assert re.search(r'd="([^"]*)" class="answer wrong"', svg)[1].count("M") == 1  # type: ignore[index]
    assert re.search(r'd="([^"]*)" class="answer right"', svg)[1].count("M") == 3  # type: ignore[index]
    assert "Class in force over one sealed recording" in svg
    assert agreement(points).startswith("The class in force is right at 3 of 5 labelled moments")
    assert "3 of 5 labelled answers are right by themselves." in agreement(points)


def test_an_answer_outside_the_classes_is_left_out() -> None:
    svg = timeline_chart([TimelinePoint(at=0, label=7, answer=9)], ("a", "b"), in_seconds=False)
    assert svg is not None
    assert "answer" not in svg.replace("Answers", "")


@given(UNIT, UNIT, UNIT, st.none() | UNIT)
def test_a_strip_stays_on_its_scale(value: float, low: float, high: float, limit: float | None) -> None:
    low, high = min(low, high), max(low, high)
    made = strip(Metric(name="accuracy", value=value, interval=Interval(low=low, high=high)), limit)
    assert all(0 <= v <= 100 for v in (made.value, made.low, made.high, made.limit) if v is not None)


def test_examples_are_spread_over_a_class_and_keep_extremes() -> None:
    windows = np.zeros((10, 1000, 2), dtype=np.float32)
    windows[:, 500, 1] = np.arange(10)
    picked = pick_examples(windows, np.array([0] * 9 + [1]), ("a", "b", "c"), each=3, points=100)
    assert [example.label for example in picked] == ["a", "a", "a", "b"]
    assert [max(example.series[1]) for example in picked] == [0, 4, 8, 9]
    assert all(len(channel) == 100 for example in picked for channel in example.series)


def test_a_value_that_is_no_number_does_not_reach_the_page() -> None:
    windows = np.full((1, 8, 1), np.nan, dtype=np.float32)
    assert pick_examples(windows, np.array([0]), ("a",))[0].series == ((0.0,) * 8,)


@pytest.mark.parametrize("colors", [1, 3])
def test_a_picture_is_the_picture(colors: int) -> None:
    picture = np.random.default_rng(1).integers(0, 256, (1, 20, 30, colors), dtype=np.uint8)
    picked = pick_examples(picture, np.array([0]), ("cat <b>",))
    (drawn,) = draw_examples(picked)["cat <b>"]
    assert "cat &lt;b&gt;" in drawn
    shown = np.asarray(Image.open(io.BytesIO(base64.b64decode(drawn.split("base64,")[1].split('"')[0]))))
    assert np.array_equal(shown, np.broadcast_to(picture[0], (20, 30, 3)))


def test_a_large_picture_is_made_small() -> None:
    picked = pick_examples(np.zeros((1, 480, 640, 3), dtype=np.uint8), np.array([0]), ("a",))
    assert (len(picked[0].pixels), len(picked[0].pixels[0])) == (36, 48)


def test_a_constant_channel_is_a_line_not_a_crash() -> None:
    (drawn,) = draw_examples([ExampleWindow(label="a", series=((1.0, 1.0), (0.0, 2.0)))])["a"]
    assert drawn.count("<polyline") == 2
