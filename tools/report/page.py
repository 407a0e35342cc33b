"""The page: one HTML file without scripts and without anything from elsewhere. Same data, same bytes."""

from functools import cache
from importlib.metadata import version
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from nanosmith.tools.clean_text import clean_text
from nanosmith.tools.contract import too_few_to_promise
from nanosmith.tools.report import cards, examples, facts, memory, timeline, wording
from nanosmith.tools.report.estimates import estimates_chart, histogram
from nanosmith.tools.report.svg import number
from nanosmith.tools.specs.report import DataPage, ReportData
from nanosmith.tools.specs.trial import Metric

_TEMPLATES = Path(__file__).parent / "templates"
_TEXT_LIMIT = 200_000
_SHOWN_CHANNELS = 24


def render_report(report: ReportData) -> str:
    """The whole of report.html."""
    spec = report.summary.spec
    classes = spec.classes if spec else tuple(c.name for c in report.profile.classes) if report.profile else ()
    channels = spec.channels if spec else ()
    has_rate = spec is not None and spec.window.rate_hz is not None
    made = cards.cards(report)
    measured = () if report.summary.test is None else report.summary.test.metrics
    counted, target = wording.counting(measured), None if spec is None else spec.target
    return (
        environment()
        .get_template("page.html.j2")
        .render(
            data=report,
            run=report.summary,
            spec=spec,
            has_reasons=spec is not None or bool(made or report.verdicts),
            headline=facts.headline(report),
            tiles=facts.tiles(report),
            parity=facts.parity_rows(report),
            estimates=facts.estimates(report),
            decision_text=_decision_text(report),
            sealed_note=facts.sealed_note(report),
            doubt=None if spec is None or report.profile is None else too_few_to_promise(spec, report.profile),
            cards=made,
            rounds=cards.rounds(made, report.verdicts),
            scatters=cards.scatters(report),
            told=lambda value: wording.told(value, spec),
            counted=counted,
            uncounted=[metric for metric in measured if metric not in counted],
            metric_told=lambda name, value: wording.metric_told(
                name, value, None if target is None else target.unit, is_number=target is not None
            ),
            thresholds_in_words=wording.thresholds_in_words,
            sides_in_words=wording.sides_in_words,
            estimated=_estimated(report),
            confusion=cards.confusion(report.summary.test.evaluation) if report.summary.test else [],
            memories=memory.memories(report),
            lifetimes_known=memory.lifetimes_known(report.layers),
            arena=memory.arena_chart(report.layers),
            timeline=timeline.timeline_chart(report.timeline, classes, in_seconds=has_rate),
            agreement=timeline.agreement(report.timeline),
            is_decided=timeline.is_decided(report.timeline),
            examples=examples.draw_examples(report.examples),
            shown_channels=_SHOWN_CHANNELS,
            lanes=examples.channel_legend(channels, report.examples),
        )
    )


def _estimated(report: ReportData) -> Markup | None:
    test = report.summary.test
    return None if test is None or test.evaluation.numbers is None else estimates_chart(test.evaluation.numbers)


def render_data_page(page: DataPage) -> str:
    """The page about a data set alone."""
    return (
        environment()
        .get_template("data_page.html.j2")
        .render(
            data=page,
            spec=None,
            version=version("nanosmith"),
            leaks=[note.message for note in page.profile.notes if note.message.startswith("leak:")],
            examples=examples.draw_examples(page.examples),
            shown_channels=_SHOWN_CHANNELS,
            lanes=page.lanes,
        )
    )


@cache
def environment() -> Environment:
    """Where the templates of all pages come from: escaping, strict, cleaned."""
    made = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_clean,
    )
    made.filters.update(
        titled=wording.title_of,
        score=wording.score,
        amount=wording.amount,
        number=number,
        strip_of=facts.strip,
        histogram=histogram,
        measured=_measured,
        interval=_interval,
    )
    return made


def _decision_text(report: ReportData) -> str:
    """Of the firmware that was proven; before that of the candidate that was chosen for it."""
    spec, test = report.summary.spec, report.summary.test
    if spec is None:
        return ""
    chosen = next((t.trial.decision for t in report.trials if t.candidate.id == report.chosen), None)
    return wording.describe_decision(chosen if test is None else test.decision, spec)


def _measured(metric: Metric, value: float | None = None) -> str:
    return wording.metric_value(metric.name, metric.value if value is None else value)


def _interval(metric: Metric) -> str:
    found = metric.interval
    return "—" if found is None else f"{_measured(metric, found.low)} – {_measured(metric, found.high)}"


def _clean(value: object) -> object:
    """Text from models, logs and files loses its control characters; what we built as markup stays."""
    return clean_text(value, limit=_TEXT_LIMIT) if type(value) is str else value
