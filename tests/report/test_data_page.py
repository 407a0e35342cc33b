"""The page about a data set alone: complete, well-formed, and unable to act whatever the folder holds."""

from sample_report import sample_report
from sample_states import HOSTILE
from test_page import Outline

from nanosmith.tools.report.page import render_data_page
from nanosmith.tools.specs.data_profile import DataNote
from nanosmith.tools.specs.report import DataPage


def sample_page() -> DataPage:
    sample = sample_report()
    assert sample.profile is not None
    return DataPage(
        source="recordings", profile=sample.profile, baseline=sample.baseline, examples=sample.examples, lanes=("x",)
    )


def test_it_holds_profile_notes_effects_and_a_picture_for_each_class() -> None:
    page = sample_page()
    note = DataNote(severity="warning", message="leak: two in both", effect="the score flatters")
    profile = page.profile.model_copy(update={"notes": (note, *page.profile.notes)})
    outline = Outline(render_data_page(page.model_copy(update={"profile": profile})))
    assert outline.faults == []
    for text in ("leak: two in both", "the score flatters", *(n.message for n in page.profile.notes)):
        assert text in outline.text
    pictures = [a.get("aria-label") or a.get("alt") or "" for _, a in outline.tags if a.get("class") == "example"]
    for example in page.examples:
        assert any(example.label in picture for picture in pictures)


def test_the_same_data_gives_the_same_bytes_and_no_yardstick_is_said() -> None:
    page = sample_page().model_copy(update={"baseline": None, "no_baseline": "one group only"})
    assert render_data_page(page) == render_data_page(page)
    assert "one group only" in Outline(render_data_page(page)).text


def test_nothing_in_it_can_run_or_load() -> None:
    page = sample_page()
    classes = tuple(c.model_copy(update={"name": HOSTILE}) for c in page.profile.classes)
    notes = (DataNote(severity="warning", message="leak: " + HOSTILE, effect=HOSTILE, file=HOSTILE),)
    profile = page.profile.model_copy(update={"classes": classes, "notes": notes})
    outline = Outline(render_data_page(page.model_copy(update={"source": HOSTILE, "profile": profile})))
    assert {"script", "iframe", "object", "form", "base"}.isdisjoint(tag for tag, _ in outline.tags)
    for tag, attributes in outline.tags:
        assert not [name for name in attributes if name.startswith("on")], (tag, attributes)
        for name in ("src", "href"):
            assert (attributes.get(name) or "#").startswith(("#", "data:")), (tag, attributes)
