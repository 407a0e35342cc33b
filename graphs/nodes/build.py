"""The embedded engineer's application, built by the real `pio run`; errors go back to be mended."""

from langgraph.runtime import Runtime
from pydantic import ValidationError

from nanosmith.agents.briefs import EngineerBrief
from nanosmith.agents.llm_errors import SpendingCapReached
from nanosmith.graphs.asking import seek_approval
from nanosmith.graphs.events import ApplicationWritten, BuildFinished, Note
from nanosmith.graphs.reading import read_board, read_limits, read_spec
from nanosmith.graphs.report_data import chosen_deployable
from nanosmith.graphs.services import Services
from nanosmith.graphs.state import RunState
from nanosmith.graphs.telling import enter, tell, tell_thinking
from nanosmith.tools.errors import UsageError
from nanosmith.tools.firmware.project import EMULATED, app_header, example_application, write_project
from nanosmith.tools.specs.application import Application
from nanosmith.tools.specs.base import Artifact
from nanosmith.tools.specs.run import Rehearsal
from nanosmith.tools.specs.trial import BuildReport
from nanosmith.tools.specs.verdict import Verdict


def write_firmware(state: RunState, runtime: Runtime[Services]) -> RunState:
    """Have the application written for the candidate that the verdict chose."""
    services = enter(runtime, "firmware")
    brief = _brief(state, services)
    tell_thinking(runtime, "embedded_engineer", "the application around the inference API", brief.notes)
    return _written(runtime, _thought(runtime, brief), mends=0)


def approve(state: RunState, runtime: Runtime[Services]) -> RunState:
    """Show the application to the user before it is built, where the user wants to see it."""
    services = enter(runtime, "approve")
    if "firmware" not in services.approvals:
        return {}
    written = services.folder.get_record(Artifact.model_validate(state["application"]), Application)
    approved = seek_approval("firmware", written.source, lambda text: _edited(written, text))
    if approved == written:
        return {}
    return _written(runtime, approved, mends=state["mends"])


def build(state: RunState, runtime: Runtime[Services]) -> RunState:
    """Lay out the project in the run folder and build it in the sandbox."""
    services = enter(runtime, "build")
    spec, board = read_spec(state), read_board(state)
    chosen = Verdict.model_validate(state["verdicts"][-1]).best
    if chosen is None:
        raise ValueError("the verdict chose no candidate, so there is nothing to build")
    application = services.folder.get_record(Artifact.model_validate(state["application"]), Application)
    files = chosen_deployable(state, services, chosen).project(spec, board, application.source)
    write_project(files, services.folder.firmware)
    found, elf = services.platformio.build(
        services.folder.firmware, EMULATED, services.sandbox, cancelled=services.stop.is_set
    )
    if elf is not None:
        found = found.model_copy(update={"elf": services.folder.put(elf.read_bytes(), "firmware.elf")})
    tell(runtime, BuildFinished(report=found))
    return {"build": found.model_dump(mode="json")}


def mend(state: RunState, runtime: Runtime[Services]) -> RunState:
    """Send the errors back; when the mends are used up, the application that ships with Nanosmith takes its place."""
    services = enter(runtime, "mend")
    mends = state["mends"] + 1
    if mends > read_limits(state).mends:
        note = "the application could not be mended; the one that ships with Nanosmith takes its place"
        tell(runtime, Note(severity="warning", message=note))
        return _written(runtime, Application(source=example_application(read_spec(state)), notes=note), mends=mends)
    report = BuildReport.model_validate(state["build"])
    errors = report.errors if not report.ok else Rehearsal.model_validate(state["rehearsal"]).faults
    what = "error(s) of the build" if not report.ok else "fault(s) of the rehearsal"
    tell_thinking(runtime, "embedded_engineer", f"{len(errors)} {what}")
    previous = services.folder.get_record(Artifact.model_validate(state["application"]), Application)
    return _written(runtime, _thought(runtime, _brief(state, services, previous, errors)), mends=mends)


def _thought(runtime: Runtime[Services], brief: EngineerBrief) -> Application:
    """The engineer's answer; the application that ships where nothing is left to pay one with."""
    try:
        return runtime.context.mind.think(brief)
    except SpendingCapReached as spent:
        note = f"{spent}; the application that ships with Nanosmith takes its place"
        tell(runtime, Note(severity="warning", message=note))
        return Application(source=example_application(brief.spec), notes=note)


def _edited(written: Application, text: str) -> Application:
    if text == written.source:
        return written
    try:
        return Application(source=text, notes=f"{written.notes} Edited by the user.".strip())
    except ValidationError as error:
        raise UsageError(f"the application: {error.errors()[0]['msg']}") from None


def _brief(
    state: RunState, services: Services, previous: Application | None = None, errors: tuple[str, ...] = ()
) -> EngineerBrief:
    spec = read_spec(state)
    return EngineerBrief(
        spec=spec,
        board=read_board(state),
        app_header=app_header(spec),
        example=example_application(spec),
        previous=previous,
        errors=errors,
        notes=services.steering(),
    )


def _written(runtime: Runtime[Services], application: Application, *, mends: int) -> RunState:
    lines = application.source.count("\n") + 1
    tell(runtime, ApplicationWritten(mend=mends, lines=lines, notes=application.notes))
    artifact = runtime.context.folder.put_record(application, "application.json")
    return {"application": artifact.model_dump(mode="json"), "mends": mends}
