"""Train one candidate; branches run side by side, bounded by LangGraph's `max_concurrency`."""

from langgraph.runtime import Runtime

from nanosmith.graphs.digest import digest_trial, trial_metric
from nanosmith.graphs.events import TrainingProgress, TrialFinished
from nanosmith.graphs.services import Services
from nanosmith.graphs.state import RunState, TrainState
from nanosmith.graphs.telling import enter, tell
from nanosmith.tools.data.windows import WindowSet
from nanosmith.tools.errors import RunStopped
from nanosmith.tools.firmware.boards import find_board
from nanosmith.tools.specs.candidate import Candidate, CandidateCheck
from nanosmith.tools.specs.device_spec import Limits, Spec
from nanosmith.tools.specs.trial import CurvePoint, Metric, Trial
from nanosmith.tools.training.trial import run_trial


def train(state: TrainState, runtime: Runtime[Services]) -> RunState:
    """Train and judge one candidate; whatever its code does, the answer is a trial."""
    services = enter(runtime, "train")
    spec, limits = Spec.model_validate(state["spec"]), Limits.model_validate(state["limits"])
    candidate = Candidate.model_validate(state["candidate"])

    def on_progress(part: str, point: CurvePoint, epochs: int) -> None:
        tell(runtime, TrainingProgress(candidate=candidate.id, part=part, point=point, epochs=epochs))

    def time_is_up() -> bool:
        return state["has_best"] and limits.time_s is not None and services.clock.elapsed_s() > limits.time_s

    def cancelled() -> bool:
        return services.stop.is_set() or time_is_up() or (state["has_best"] and services.finish_asked())

    try:
        with services.training_slots:
            trial = run_trial(
                candidate,
                services.folder.get(candidate.source),
                WindowSet.load(services.folder.open_data),
                spec,
                library=services.library,
                sandbox=services.sandbox,
                folder=services.folder,
                seed=limits.seed,
                timeout_s=limits.training_s,
                best_score=state["best_score"],
                on_progress=on_progress,
                cancelled=cancelled,
            )
    except RunStopped:
        services.check_stop()
        trial = Trial(candidate=candidate.id, status="timed_out", reason="the time for this run was used up")
    tell(runtime, _finished(state, spec, candidate, trial))
    metric = trial_metric(spec, trial.int8)
    return {
        "trials": [
            {
                "candidate": candidate.id,
                "artifact": services.folder.put_record(trial, f"{candidate.id}-trial.json").model_dump(mode="json"),
                "status": trial.status,
                "score": None if metric is None else metric.value,
                "rates": {m.name: m.value for m in _measured(trial)},
            }
        ]
    }


def _measured(trial: Trial) -> tuple[Metric, ...]:
    by_window = () if trial.int8 is None else trial.int8.metrics
    return by_window if trial.events is None else (*by_window, *trial.events.metrics)


def _finished(state: TrainState, spec: Spec, candidate: Candidate, trial: Trial) -> TrialFinished:
    check = CandidateCheck.model_validate(state["check"])
    digest = digest_trial(spec, find_board(spec.board), candidate, check, trial, None)
    return TrialFinished(trial=digest, metric=spec.metric)
