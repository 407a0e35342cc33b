"""Parity everywhere, and the sealed test, scored once."""

from dataclasses import dataclass
from functools import cached_property
from math import prod
from pathlib import Path

import numpy as np
from langgraph.runtime import Runtime
from numpy.typing import NDArray

from nanosmith.graphs.events import Note, Verified
from nanosmith.graphs.reading import read_board, read_limits, read_spec
from nanosmith.graphs.report_data import chosen_deployable
from nanosmith.graphs.services import Services
from nanosmith.graphs.state import RunState
from nanosmith.graphs.telling import enter, tell
from nanosmith.tools.compiler import HostModel
from nanosmith.tools.compiler.oracle import oracle_outputs
from nanosmith.tools.data.on_grid import OnGrid, evenly, on_grid
from nanosmith.tools.data.timed_replay import DueAnswers, TimedReplay, due_answers
from nanosmith.tools.data.windows import WindowSet
from nanosmith.tools.decisions.choose import score_decision, stream_of
from nanosmith.tools.decisions.library import GAP
from nanosmith.tools.deploy import Deployable
from nanosmith.tools.errors import RunError
from nanosmith.tools.firmware.measure import compare, device_report
from nanosmith.tools.firmware.project import StreamShape
from nanosmith.tools.firmware.replay import Replay
from nanosmith.tools.specs.base import Artifact
from nanosmith.tools.specs.board import Board
from nanosmith.tools.specs.decision import Decision
from nanosmith.tools.specs.device_spec import Spec
from nanosmith.tools.specs.run import RunParity, RunTest
from nanosmith.tools.specs.trial import BuildReport, Evaluation, EventScore, Parity
from nanosmith.tools.specs.verdict import Verdict
from nanosmith.tools.specs.verification import TimelinePoint, Verification
from nanosmith.tools.training.number_scoring import evaluate_numbers
from nanosmith.tools.training.scoring import evaluate

_REPLAYED_WINDOWS = 240
_HOST_BYTES = 64 * 2**20
_TIMELINE_SAMPLES = 20_000
_APPLICATION_LINES = 40


def verify(state: RunState, runtime: Runtime[Services]) -> RunState:
    """Prove the built firmware on its board and score the sealed test by the bytes that it answers with."""
    services = enter(runtime, "verify")
    proof = _Proof(state, services)
    outputs, host = proof.host_parity()
    device, replay = proof.device_parity(outputs)
    played = proof.recording()
    device = _sum(device, played.answers)
    for parity, what in ((device, "answers"), (played.decisions, "decisions")):
        if parity is not None and not parity.holds:
            told = f"{parity.compared - parity.equal} {what} of the board differ"
            tell(runtime, Note(severity="error", message=told))
    test = proof.score(outputs)
    found = Verification(
        device=device_report(
            proof.chosen, proof.build, replay, spec=proof.spec, board=proof.board, parity=device,
            arena_bytes=proof.deployable.compiled.arena_bytes, timed=played.timed,
        ),
        parity=RunParity(
            host=host, device=device, timed=None if played.timed is None else played.answers,
            decisions=played.decisions,
        ), test=test,
        timeline=played.timeline, application_lines=played.lines,
    )  # fmt: skip
    tell(runtime, Verified(parity=found.parity, test=test))
    return {"verification": services.folder.put_record(found, "verification.json").model_dump(mode="json")}


@dataclass(frozen=True)
class _Played:
    """One sealed recording on the board, from beginning to end; empty where there is none."""

    answers: Parity | None = None
    decisions: Parity | None = None
    timeline: tuple[TimelinePoint, ...] = ()
    lines: tuple[str, ...] = ()
    timed: Replay | None = None
    """Where the samples went in as they came, with their times."""


class _Proof:
    """What verifying one firmware needs, read once."""

    def __init__(self, state: RunState, services: Services) -> None:
        self.services = services
        self.spec: Spec = read_spec(state)
        self.board: Board = read_board(state)
        self.seed = read_limits(state).seed
        chosen = Verdict.model_validate(state["verdicts"][-1]).best
        self.build = BuildReport.model_validate(state["build"])
        if chosen is None or self.build.elf is None:
            raise RunError("there is no built firmware to verify; start the run again")
        self.chosen = chosen
        self.deployable: Deployable = chosen_deployable(state, services, chosen)
        self.shape = StreamShape.of(self.spec, self.deployable.fitted.sample_shape)
        self.sealed = WindowSet.load(services.folder.sealed_data)
        self.elf = services.folder.root / self._checked(self.build.elf)

    def _checked(self, elf: Artifact) -> str:
        self.services.folder.get(elf)
        return elf.path

    def host_parity(self) -> tuple[NDArray[np.int8], Parity | None]:
        """Outputs of every sealed window by the emitted C, and whether the reference kernels agree on every byte."""
        parts = [self._host_part(start) for start in range(0, len(self.sealed.windows), self._host_step())]
        outputs = np.concatenate([outputs for outputs, _ in parts])
        equal = [equal for _, equal in parts if equal is not None]
        return outputs, Parity(compared=len(outputs), equal=sum(equal)) if len(equal) == len(parts) else None

    def _host_step(self) -> int:
        """Windows that are fed to the host at once, so that a large sealed part needs no large memory."""
        return max(1, _HOST_BYTES // prod(self.deployable.fitted.feature_shape))

    def _host_part(self, start: int) -> tuple[NDArray[np.int8], int | None]:
        inputs, outputs = self._host(self.sealed.windows[start : start + self._host_step()])
        reference = oracle_outputs(self.deployable.model, inputs, sandbox=self.services.sandbox, scratch=self._work())
        if reference is None:
            return outputs, None
        return outputs, int(np.all(reference.reshape(outputs.shape) == outputs, axis=1).sum())

    def device_parity(self, outputs: NDArray[np.int8]) -> tuple[Parity, Replay]:
        """Answers of the emulated board for sealed windows, against the host's."""
        picked = np.linspace(0, len(outputs) - 1, min(_REPLAYED_WINDOWS, len(outputs))).astype(int)
        replay = self.services.emulator.replay_windows(
            self.elf, self.board, np.asarray(self.sealed.windows[picked]), shape=self.shape,
            classes=self.spec.outputs, sandbox=self.services.sandbox, work=self._work(),
            cancelled=self.services.stop.is_set,
        )  # fmt: skip
        return compare(replay.outputs, outputs[picked]), replay

    def recording(self) -> "_Played":
        """The firmware over one sealed recording from beginning to end, as it would run on a wrist."""
        sealed, grid = self.services.folder.sealed_data, self.spec.window.grid
        timed = None if grid is None else TimedReplay.load(sealed)
        if timed is not None and grid is not None:
            made = on_grid(timed.samples, timed.times_us, grid)
            return self._played(timed.samples, timed.labels[made.nearest], made, timed.times_us)
        path = sealed / "recording-0.npy"
        if not path.is_file():
            return _Played()
        samples = np.load(path, allow_pickle=False)[:_TIMELINE_SAMPLES]
        labels = np.load(path.with_name("recording-0-labels.npy"), allow_pickle=False)
        return self._played(samples, labels, evenly(samples, self.spec.window.rate_hz or 1.0), None)

    def _played(
        self, samples: NDArray[np.float32], labels: NDArray[np.int32], made: OnGrid, times_us: NDArray[np.uint32] | None
    ) -> "_Played":
        """Samples go in as they are, with their times where they have any; `made` is what the host puts on the grid."""
        due = due_answers(made.samples, made.runs(), self.spec.window)
        if len(due.windows) == 0:
            return _Played()
        emulator, work, stop = self.services.emulator, self._work(), self.services.stop.is_set
        if times_us is None:
            replay = emulator.replay_recording(
                self.elf, self.board, samples, shape=self.shape, classes=self.spec.outputs,
                sandbox=self.services.sandbox, work=work, cancelled=stop,
            )  # fmt: skip
        else:
            replay = emulator.replay_timed(
                self.elf, self.board, samples, times_us, answers=len(due.windows), shape=self.shape,
                classes=self.spec.outputs, sandbox=self.services.sandbox, work=work, cancelled=stop,
            )  # fmt: skip
        _, expected = self._host(due.windows)
        return _Played(
            answers=compare(replay.outputs, expected), decisions=self._decided_alike(expected, replay, due.after_hole),
            timeline=self._timeline(replay, labels, made, due),
            lines=tuple(line for _, line in replay.application[:_APPLICATION_LINES]),
            timed=None if times_us is None else replay,
        )  # fmt: skip

    def _timeline(
        self, replay: Replay, labels: NDArray[np.int32], made: OnGrid, due: DueAnswers
    ) -> tuple[TimelinePoint, ...]:
        """Answers and true classes; none where the answer is a number."""
        if self.spec.target is not None:
            return ()
        length, step = self.spec.window.length, 1 / (self.spec.window.rate_hz or 1.0)
        return tuple(
            TimelinePoint(
                at=round(float(made.seconds[end - 1]) + step, 3), label=int(labels[end - length + length // 2]),
                answer=int(np.argmax(answer)), in_force=int(in_force),
            )
            for end, answer, in_force in zip(due.ends.tolist(), replay.outputs, replay.in_force, strict=True)
        )  # fmt: skip

    def _decided_alike(
        self, expected: NDArray[np.int8], replay: Replay, after_hole: NDArray[np.bool_]
    ) -> Parity | None:
        """The class in force after each answer, on the board against the host; None where the answer is a number."""
        if self.spec.target is not None:
            return None
        breaks = np.where(after_hole, GAP, 0).astype(np.uint8)
        in_force = self.services.decisions.in_force(self.deployable.decides(self.spec), expected, breaks)
        return Parity(compared=len(in_force), equal=int((in_force == replay.in_force).sum()))

    def score(self, outputs: NDArray[np.int8]) -> RunTest:
        """The sealed score, from the compiled model's answers."""
        evaluation = self._evaluation(outputs)
        events = self._events(outputs, self.deployable.decision)
        return RunTest(
            metrics=evaluation.metrics, n=len(outputs), groups=len(np.unique(self.sealed.groups)),
            evaluation=evaluation, decision=self.deployable.decision, events=events,
            events_unsmoothed=None if events is None else self._events(outputs, Decision.debounced(1)),
        )  # fmt: skip

    def _evaluation(self, outputs: NDArray[np.int8]) -> Evaluation:
        number, groups = self.deployable.number(self.spec), np.asarray(self.sealed.groups)
        if number is not None and self.sealed.numbers is not None and self.spec.target is not None:
            return evaluate_numbers(
                np.asarray(self.sealed.numbers), number.numbers(outputs[:, 0]), groups, self.seed,
                unit=self.spec.target.unit, thresholds=self.spec.behavior.thresholds,
            )  # fmt: skip
        return evaluate(
            np.asarray(self.sealed.labels), outputs.argmax(axis=1), self.spec.classes, groups=groups, seed=self.seed,
            focus=self.spec.focus, hours=self.sealed.hours, alarms=self.spec.task == "anomaly",
        )  # fmt: skip

    def _events(self, outputs: NDArray[np.int8], decision: Decision | None) -> EventScore | None:
        """Reports against what was there, where the open recordings went on and the sealed ones do."""
        stream = stream_of(self.sealed, self.spec, outputs)
        if stream is None or decision is None:
            return None
        return score_decision(stream, decision, self.spec, self.services.decisions, seed=self.seed)

    def _host(self, windows: NDArray[np.generic]) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
        return self.deployable.host_answers(windows, self.services.library, self._host_model)

    @cached_property
    def _host_model(self) -> HostModel:
        return self.deployable.on_host(self._work() / "host", self.services.sandbox)

    def _work(self) -> Path:
        return self.services.folder.work / "verify"


def _sum(first: Parity, second: Parity | None) -> Parity:
    if second is None:
        return first
    return Parity(compared=first.compared + second.compared, equal=first.equal + second.equal)
