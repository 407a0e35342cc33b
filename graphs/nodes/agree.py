"""Questions answered, the contract approved where the user wants to see it first; then the data is cut by it."""

from langgraph.runtime import Runtime
from pydantic import ValidationError

from nanosmith.agents.planner import Plan, PlannerBrief
from nanosmith.graphs.asking import ask_questions, seek_approval
from nanosmith.graphs.events import Note, PlanMade
from nanosmith.graphs.nodes.plan import planner_brief
from nanosmith.graphs.reading import recordings_of
from nanosmith.graphs.recordings import SplitRecordings
from nanosmith.graphs.services import Services
from nanosmith.graphs.state import RunState
from nanosmith.graphs.telling import enter, tell
from nanosmith.tools.data.alarms import for_task
from nanosmith.tools.data.timed_replay import timed_replay
from nanosmith.tools.data.window_set import WindowSet, save_array
from nanosmith.tools.data.windows import continuous, cut_for_training, cut_windows
from nanosmith.tools.errors import UsageError
from nanosmith.tools.run_folder import RunFolder
from nanosmith.tools.specs.device_spec import Spec

_REPLAYED_RECORDINGS = 3


def agree(state: RunState, runtime: Runtime[Services]) -> RunState:
    """Settle the contract and lay out the data it speaks of; back to the planner where the user answered a question."""
    services = enter(runtime, "agree")
    made = Plan.model_validate(state["plan"])
    if made.questions:
        answers = ask_questions(runtime, made.questions)
        found = [answer.model_dump(mode="json") for answer in answers]
        if any(answer.source == "user" for answer in answers):
            return {"answers": found}
    spec = made.contract()
    if "plan" in services.approvals:
        brief = planner_brief(state, services)
        text = spec.model_dump_json(indent=1)
        approved = seek_approval("plan", text, lambda edited: _read_contract(edited, brief))
        if approved != spec:
            spec = approved
            tell(runtime, PlanMade(spec=spec))
    recordings = recordings_of(state)
    sample_shape = lay_out(recordings, spec, services.folder)
    windows = WindowSet.load(services.folder.open_data)
    if (share := len(windows.trainable())) < len(windows):
        told = f"of {len(windows):,} open windows each training is given {share:,}, evenly picked, rare classes whole"
        tell(runtime, Note(severity="info", message=told))
    return {"spec": spec.model_dump(mode="json"), "sample_shape": list(sample_shape), "round": 0}


def _read_contract(text: str, brief: PlannerBrief) -> Spec:
    """A contract as the user edited it.

    Raises:
        UsageError: It is no contract, or does not fit data and boards.

    """
    try:
        spec = Spec.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the contract"
        raise UsageError(f"{where}: {first['msg']}") from None
    faults = brief.faults(spec)
    if faults:
        raise UsageError("; ".join(faults))
    return spec


def lay_out(recordings: SplitRecordings, spec: Spec, folder: RunFolder) -> tuple[int, ...]:
    """Cut both parts into windows and store them apart; returns the shape of one window.

    Raises:
        DataError: One part has no window of the length that the contract asks for.

    """
    opened, closed = (for_task(part, spec) for part in (recordings.open, recordings.sealed))
    cut_for_training(opened, spec, into=folder.open_data).save(folder.open_data)
    sealed = cut_windows(closed, spec, into=folder.sealed_data)
    sealed.save(folder.sealed_data)
    for number, (samples, labels) in enumerate(continuous(closed, spec, most=_REPLAYED_RECORDINGS)):
        save_array(folder.sealed_data / f"recording-{number}.npy", samples)
        save_array(folder.sealed_data / f"recording-{number}-labels.npy", labels)
    if (timed := timed_replay(closed, spec)) is not None:
        timed.save(folder.sealed_data)
    return tuple(sealed.windows.shape[1:])
