"""One event in, something that rich can print out. Foreign text is cleaned and never read as markup."""

from rich.console import Group, RenderableType
from rich.text import Text

from nanosmith.graphs.events import (
    AgentSaid,
    AgentThinking,
    ApplicationWritten,
    BillChanged,
    BuildFinished,
    CandidateProposed,
    CandidateRefused,
    DataProfiled,
    DeviceMeasured,
    Event,
    MeasureFailed,
    NodeEntered,
    Note,
    PlanMade,
    Rehearsed,
    RunFinished,
    RunStarted,
    TrainingProgress,
    TrialFinished,
    VerdictGiven,
    Verified,
)
from nanosmith.graphs.trace_contract import render_finish, render_plan, render_verified
from nanosmith.graphs.trace_data import render_profile
from nanosmith.graphs.trace_text import NO_SANDBOX, ROLE_STYLES, ROLE_TITLES, bill, block, facts, indented, line
from nanosmith.graphs.trace_trials import (
    render_device,
    render_measure_failed,
    render_progress,
    render_proposed,
    render_refused,
    render_trial,
)
from nanosmith.tools.specs.device_spec import Limits

_RISKY = (CandidateProposed, TrialFinished, DeviceMeasured, BuildFinished, Rehearsed, Verified, RunFinished)
"""Events behind which code that an agent wrote, or a file of a stranger, was run."""

_NODE_TITLES = {
    "survey": "survey: read the recordings",
    "plan": "plan: turn the goal into a contract",
    "agree": "agree: settle the contract, cut the data by it",
    "propose": "propose: the next networks to try",
    "train": "train: fit, quantize, score",
    "measure": "measure: run each candidate on the emulated board",
    "critique": "critique: compare with the contract",
    "firmware": "firmware: write the application",
    "approve": "approve: the application, where you want to see it first",
    "build": "build: PlatformIO",
    "rehearse": "rehearse: play a recorded sequence, expect the agreed events",
    "mend": "mend: read the errors, write again",
    "verify": "verify: parity and the sealed test",
    "report": "report",
}
_NOTE_STYLES = {"info": "dim", "warning": "bold yellow", "error": "bold red"}


def render_event(event: Event, *, sandboxed: bool = True) -> RenderableType:
    """What the live view, the plain view and `nanosmith show` print for an event.

    `sandboxed` is what the run's `RunStarted` said; False marks each line behind which untrusted code ran.
    """
    shown = _render(event)
    if sandboxed or not isinstance(event, _RISKY):
        return shown
    return Group(shown, line((f"  ! {NO_SANDBOX}: untrusted code ran with this user's rights", "bold white on red")))


def _render(event: Event) -> RenderableType:
    match event:
        case RunStarted() | NodeEntered() | AgentThinking() | AgentSaid() | BillChanged() | Note():
            return _render_narrative(event)
        case DataProfiled():
            return render_profile(event.profile, event.baseline)
        case PlanMade():
            return render_plan(event)
        case VerdictGiven():
            return _render_verdict(event)
        case ApplicationWritten():
            return _render_application(event)
        case BuildFinished():
            return _render_build(event)
        case Rehearsed():
            return _render_rehearsal(event)
        case Verified():
            return render_verified(event)
        case RunFinished():
            return render_finish(event)
        case _:
            return _render_candidate(event)


def _render_candidate(
    event: CandidateProposed | CandidateRefused | TrainingProgress | TrialFinished | DeviceMeasured | MeasureFailed,
) -> RenderableType:
    match event:
        case CandidateProposed():
            return render_proposed(event)
        case CandidateRefused():
            return render_refused(event)
        case TrainingProgress():
            return render_progress(event)
        case TrialFinished():
            return render_trial(event)
        case DeviceMeasured():
            return render_device(event)
        case MeasureFailed():
            return render_measure_failed(event)


def _render_narrative(
    event: RunStarted | NodeEntered | AgentThinking | AgentSaid | BillChanged | Note,
) -> RenderableType:
    match event:
        case RunStarted():
            return _render_start(event)
        case NodeEntered():
            title = _NODE_TITLES.get(event.node, event.node)
            return Group(Text(), line(("▌ ", "blue"), (title, "bold blue")))
        case AgentThinking():
            return line("  ", (ROLE_TITLES[event.role], ROLE_STYLES[event.role]), " thinks about ", event.about)
        case AgentSaid():
            said = Text.assemble((f"{ROLE_TITLES[event.role]}: ", ROLE_STYLES[event.role]), block(event.text))
            return indented(said, 2)
        case BillChanged():
            return line((f"  spent: {bill(event.usage)}", "dim"))
        case Note():
            mark = "" if event.severity == "info" else f"{event.severity}: "
            return indented(line((mark + event.message, _NOTE_STYLES[event.severity])), 2)


def _render_start(event: RunStarted) -> RenderableType:
    word = "resumed" if event.resumed else "run"
    mind = event.mind + (f": {event.mind_note}" if event.mind_note else "")
    parts: list[RenderableType] = [
        line(("Nanosmith", "bold"), f"  {word} ", (event.run, "bold")),
        facts(("mind", line(mind)), ("goal", line(event.goal)), ("limits", line(_limits(event.limits)))),
    ]
    if not event.sandboxed:
        warning = (
            f"! {NO_SANDBOX} (--unsafe-no-sandbox): code that agents write, and files from strangers, run with all "
            "rights of this user: your files, your keys and your network are open to them."
        )
        parts.append(indented(line((warning, "bold white on red")), 2))
    return Group(*parts)


def _limits(limits: Limits) -> str:
    parts = [
        f"{limits.rounds} rounds of up to {limits.candidates_per_round} candidates, {limits.workers} side by side",
        f"{limits.training_s:g} s for one training",
    ]
    if limits.time_s is not None:
        parts.append(f"{limits.time_s:g} s for the search")
    if limits.calls is not None:
        parts.append(f"{limits.calls:,} calls")
    if limits.tokens is not None:
        parts.append(f"{limits.tokens:,} tokens")
    if limits.cost_usd is not None:
        parts.append(f"{limits.cost_usd:g} USD")
    return ", ".join([*parts, f"seed {limits.seed}"])


def _render_verdict(event: VerdictGiven) -> RenderableType:
    verdict = event.verdict
    style = {"accept": "bold green", "revise": "bold yellow", "stop": "bold red"}[verdict.action]
    best = f" (best so far: {verdict.best})" if verdict.best else " (nothing can be deployed yet)"
    parts: list[RenderableType] = [
        line(f"  round {event.round}: ", (verdict.action, style), best),
        indented(line("because ", verdict.reason)),
    ]
    if verdict.advice:
        parts.append(indented(line("advice: ", verdict.advice)))
    if verdict.stop is not None:
        parts.append(indented(line("the search ends: ", verdict.stop)))
    return Group(*parts)


def _render_application(event: ApplicationWritten) -> RenderableType:
    what = "wrote the application" if event.mend == 0 else f"mended the application (time {event.mend})"
    said = line(
        "  ", (ROLE_TITLES["embedded_engineer"], ROLE_STYLES["embedded_engineer"]), f" {what}: {event.lines} lines"
    )
    return Group(said, indented(line(event.notes))) if event.notes else said


def _render_build(event: BuildFinished) -> RenderableType:
    report = event.report
    if report.ok:
        size = f"flash {report.flash_bytes:,} B, static RAM {report.static_ram_bytes:,} B"
        parts: list[RenderableType] = [line("  ", ("built", "bold green"), " ", report.environment, f": {size}")]
    else:
        parts = [line("  ", ("build failed", "bold red"), " ", report.environment, f": {len(report.errors)} errors")]
    parts += [indented(line((error, "red"))) for error in report.errors]
    parts += [indented(line((warning, "yellow"))) for warning in report.warnings]
    return Group(*parts)


def _render_rehearsal(event: Rehearsed) -> RenderableType:
    found = event.rehearsal
    said = f"{found.answers} windows, {found.reports} reports due"
    if not found.faults:
        return line("  ", ("application as agreed", "bold green"), f": {said}")
    heading = line("  ", ("application does otherwise", "bold red"), f": {said}")
    return Group(heading, *(indented(line((fault, "red"))) for fault in found.faults))
