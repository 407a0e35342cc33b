"""Read the folder, seal the test part, profile the rest and take the yardstick."""

from langgraph.runtime import Runtime

from nanosmith.agents.builtin.goal.number import may_ask_for_a_number
from nanosmith.graphs.asking import ask_questions
from nanosmith.graphs.events import DataProfiled
from nanosmith.graphs.reading import read_limits, recordings_of
from nanosmith.graphs.recordings import SplitRecordings
from nanosmith.graphs.services import Services
from nanosmith.graphs.state import RunState
from nanosmith.graphs.telling import enter, tell
from nanosmith.tools.clean_text import clean_line
from nanosmith.tools.data import survey as data_survey
from nanosmith.tools.errors import DataError
from nanosmith.tools.specs.data_profile import Baseline
from nanosmith.tools.specs.question import Question

_NAMES_SHOWN = 4


def survey(state: RunState, runtime: Runtime[Services]) -> RunState:
    """Describe the data by statistics of its open part; raw rows go no further."""
    services = enter(runtime, "survey")
    seed = read_limits(state).seed
    parts = recordings_of(state)
    are_groups_denied = parts.open.has_guessed_groups and not _are_groups(parts, runtime)
    if are_groups_denied:
        state = {**state, "are_groups_denied": True}
        parts = recordings_of(state)
    found = data_survey.survey(
        parts.open, parts.sealed, parts.split_source, seed=seed, number_wanted=may_ask_for_a_number(state["goal"])
    )
    baseline = found.baseline
    if baseline is None and sum(entry.samples > 0 for entry in found.profile.classes) == 1:
        baseline = Baseline(method="always the one class that there is", metric="accuracy", value=1.0, groups=1)
    if baseline is None:
        raise DataError(found.no_baseline)
    tell(runtime, DataProfiled(profile=found.profile, baseline=baseline))
    return {
        "are_groups_denied": are_groups_denied,
        "profile": services.folder.put_record(found.profile, "profile.json").model_dump(mode="json"),
        "baseline": baseline.model_dump(mode="json"),
    }


def _are_groups(parts: SplitRecordings, runtime: Runtime[Services]) -> bool:
    """What the user says of a word that recurs in the file names: whole ones are sealed only if it is a group."""
    names = sorted({recording.group for part in (parts.open, parts.sealed) for recording in part.recordings})
    shown = ", ".join(repr(clean_line(name, limit=30)) for name in names[:_NAMES_SHOWN])
    more = f", … ({len(names)})" if len(names) > _NAMES_SHOWN else ""
    question = Question(
        text=f"Do {shown}{more} in the file names say who or what was recorded? Then whole ones are kept for the test.",
        default_answer="yes",
        options=("yes", "no"),
    )
    return ask_questions(runtime, (question,))[0].answer != "no"
