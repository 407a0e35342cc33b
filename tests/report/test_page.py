"""What the page says, and that nothing in it can act."""

import re
from html.parser import HTMLParser

import pytest
from sample_report import sample_report
from sample_states import STATES, bare_report, hostile_report

from nanosmith.tools.report.page import render_report
from nanosmith.tools.specs.base import Status
from nanosmith.tools.specs.report import ReportData
from nanosmith.tools.specs.run import RunParity
from nanosmith.tools.specs.trial import Parity

VOID = {"meta", "link", "img", "br", "input", "hr"}


class Outline(HTMLParser):
    """Elements and text of a page; notes whatever is not nested properly."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.faults: list[str] = []
        self.words: list[str] = []
        self._open: list[str] = []
        self.feed(page)
        self.faults += [f"<{tag}> is never closed" for tag in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.faults.append(f"</{tag}> closes nothing")

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] != "style":
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


@pytest.mark.parametrize("state", sorted(STATES))
def test_the_page_is_well_formed(state: str) -> None:
    assert Outline(render_report(STATES[state]())).faults == []


@pytest.mark.parametrize("state", sorted(STATES))
def test_the_same_data_gives_the_same_bytes(state: str) -> None:
    assert render_report(STATES[state]()) == render_report(STATES[state]())


@pytest.mark.parametrize("state", sorted(STATES))
def test_nothing_in_the_page_can_run_or_load(state: str) -> None:
    outline = Outline(render_report(STATES[state]()))
    assert {"script", "iframe", "object", "embed", "form", "base"}.isdisjoint(tag for tag, _ in outline.tags)
    for tag, attributes in outline.tags:
        assert not [name for name in attributes if name.startswith("on")], (tag, attributes)
        for name in ("src", "href", "xlink:href", "srcset", "action"):
            address = attributes.get(name) or "#"
            assert address.startswith(("#", "data:")), (tag, address)


def test_every_link_leads_somewhere() -> None:
    tags = Outline(render_report(sample_report())).tags
    ids = [a["id"] for _, a in tags if "id" in a]
    links = {a["href"] for tag, a in tags if tag == "a"}
    assert len(ids) == len(set(ids))
    assert links
    assert links == {f"#{name}" for name in ids}


def test_hostile_text_is_shown_and_nothing_else() -> None:
    page = render_report(hostile_report())
    text = Outline(page).text
    assert "<script>document.title='owned'</script>" in text
    assert "{{7*7}}" in text
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", page)


def test_the_headline_and_each_limit_say_met_or_by_how_much_not() -> None:
    met = Outline(render_report(sample_report())).text
    missed = Outline(render_report(sample_report(met=False))).text
    assert "Contract met" in met
    assert met.count("✓ met") == 4
    assert "Contract not met" in missed
    assert missed.count("✓ met") == 3
    assert "limit ≥ 0.8440 · 0.0219 short" in missed


def test_key_figures_are_on_the_page() -> None:
    data = sample_report()
    text = Outline(render_report(data)).text
    assert data.summary.test is not None
    sealed = data.summary.test.evaluation.metric("macro_f1")
    assert sealed.interval is not None
    for expected in (
        f"{sealed.value:.4f}", f"{sealed.interval.low:.4f} – {sealed.interval.high:.4f}", "29,316 B", "7,676 B",
        "802 of 802 answers equal, byte for byte", "240 of 240", "561,300 instructions", "4 sealed subjects",
        "weights and parameters 9,784 B", "code and tables 19,532 B", "tensor arena 2,400 B",
        "12 empty cells of gyro_y were filled", "s07/b.csv:1204", "pio run -d firmware -e mps2_an386",
        "TensorFlow 2.20.0",
        "110 of 115 labelled answers are right", "timed out", "Advice: Try more context for turning.",
    ):  # fmt: skip
        assert expected in text, expected
    assert all(artifact.sha256 in text for artifact in data.summary.artifacts)
    assert all(entry.candidate.idea in text for entry in data.trials)


def test_what_was_emulated_or_estimated_says_so() -> None:
    text = Outline(render_report(sample_report())).text
    assert "no real board took part" in text
    assert "Latency is estimated: 561,300 instructions" in text
    assert "by assumption (1.0 instructions a cycle at 25 MHz, zero wait states)" in text


def test_a_machine_that_is_not_the_board_is_said_to_be_none() -> None:
    data = sample_report()
    assert data.board is not None
    assert data.board.emulation is not None
    other = data.board.emulation.model_copy(update={"is_exact": False, "note": "less RAM"})
    changed = data.model_copy(update={"board": data.board.model_copy(update={"emulation": other})})
    assert "but is not the board: less RAM" in Outline(render_report(changed)).text
    assert "is not the board" not in Outline(render_report(data)).text


def test_broken_parity_is_not_dressed_up() -> None:
    data = sample_report()
    parity = RunParity(host=None, device=Parity(compared=240, equal=239))
    summary = data.summary.model_copy(update={"parity": parity})
    text = Outline(render_report(data.model_copy(update={"summary": summary}))).text
    assert "✗ broken" in text
    assert "✗ 239 of 240 answers equal" in text
    assert "not compared" in text


def test_a_run_without_a_sandbox_says_so_at_the_top_and_in_the_provenance() -> None:
    unsafe = Outline(render_report(sample_report().model_copy(update={"sandboxed": False}))).text
    assert unsafe.index("Made without a sandbox") < unsafe.index("The sealed test")
    assert "Sandbox none" in unsafe
    assert "Made without a sandbox" not in Outline(render_report(sample_report())).text


def test_many_channels_are_folded_away() -> None:
    data = sample_report()
    assert data.profile is not None
    channels = tuple(data.profile.channels[0].model_copy(update={"name": f"ch{i}"}) for i in range(561))
    page = render_report(data.model_copy(update={"profile": data.profile.model_copy(update={"channels": channels})}))
    assert "537 more channels" in page
    assert page.index("ch23") < page.index("537 more channels") < page.index("ch24 ")


def test_a_run_that_ended_early_shows_what_there_is() -> None:
    text = Outline(render_report(bare_report())).text
    assert "The run failed" in text
    assert "no column is called label" in text
    assert "The sealed test" not in text


@pytest.mark.parametrize("missing", sorted(set(ReportData.model_fields) - {"summary"}))
def test_whatever_a_run_did_not_come_to_can_be_missing(missing: str) -> None:
    empty = ReportData.model_fields[missing].get_default()
    assert Outline(render_report(sample_report().model_copy(update={missing: empty}))).faults == []


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (Status.MET, "Contract met"),
        (Status.NOT_MET, "Contract not met"),
        (Status.STOPPED, "Stopped before the end"),
        (Status.FAILED, "The run failed"),
        (Status.RUNNING, "Still running"),
    ],
)
def test_the_headline_follows_the_status(status: Status, said: str) -> None:
    data = sample_report()
    text = Outline(
        render_report(data.model_copy(update={"summary": data.summary.model_copy(update={"status": status})}))
    )
    assert text.text.startswith(said)


@pytest.mark.parametrize("missing", ["spec", "contract", "test", "device", "parity", "trials", "usage", "artifacts"])
def test_whatever_the_summary_lacks_can_be_missing(missing: str) -> None:
    data = sample_report()
    empty = type(data.summary).model_fields[missing].get_default()
    summary = data.summary.model_copy(update={missing: empty})
    assert Outline(render_report(data.model_copy(update={"summary": summary}))).faults == []


def test_events_are_beside_what_they_would_be_without_the_decision_layer() -> None:
    text = Outline(render_report(sample_report())).text
    assert "smoothed with a weight of 0.38 of the newest is the highest and at least 0.625" in text
    assert "120 events were there" in text
    for figure in ("9.5", "140", "0.8 s", "0.4 s", "0.9100", "0.6400"):
        assert figure in text, figure
    plain = sample_report()
    test = plain.summary.test.model_copy(update={"events": None, "events_unsmoothed": None})
    summary = plain.summary.model_copy(update={"test": test})
    assert "events were there" not in Outline(render_report(plain.model_copy(update={"summary": summary}))).text
