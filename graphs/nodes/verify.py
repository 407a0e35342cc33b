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
from nanosmith.tools.data.reference import relative_to_start
from nanosmith.tools.data.windows import WindowSet
from nanosmith.tools.decisions.choose import score_decision, stream_of
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
            arena_bytes=proof.deployable.compiled.arena_bytes,
        ),
        parity=RunParity(host=host, device=device, decisions=played.decisions), test=test,
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
        path = self.services.folder.sealed_data / "recording-0.npy"
        if not path.is_file():
            return _Played()
        samples = np.load(path, allow_pickle=False)[:_TIMELINE_SAMPLES]
        labels = np.load(path.with_name("recording-0-labels.npy"), allow_pickle=False)
        length, hop = self.spec.window.length, self.spec.window.hop
        reference = self.spec.window.reference
        if len(samples) < reference + length:
            return _Played()
        replay = self.services.emulator.replay_recording(
            self.elf, self.board, samples, shape=self.shape, classes=self.spec.outputs,
            sandbox=self.services.sandbox, work=self._work(), cancelled=self.services.stop.is_set,
        )  # fmt: skip
        after = relative_to_start(samples, reference) if reference else samples
        starts = range(0, len(after) - length + 1, hop)
        _, expected = self._host(np.stack([after[start : start + length] for start in starts]))
        rate = self.spec.window.rate_hz or 1.0
        timeline = (
            ()
            if self.spec.target is not None
            else tuple(
                TimelinePoint(
                    at=round((reference + start + length) / rate, 3),
                    label=int(labels[reference + start + length // 2]),
                    answer=int(np.argmax(answer)),
                    in_force=int(in_force),
                )
                for start, answer, in_force in zip(starts, replay.outputs, replay.in_force, strict=True)
            )
        )
        lines = tuple(line for _, line in replay.application[:_APPLICATION_LINES])
        return _Played(compare(replay.outputs, expected), self._decided_alike(expected, replay), timeline, lines)

    def _decided_alike(self, expected: NDArray[np.int8], replay: Replay) -> Parity | None:
        """The class in force after each answer, on the board against the host; None where the answer is a number."""
        if self.spec.target is not None:
            return None
        in_force = self.services.decisions.in_force(self.deployable.decides(self.spec), expected)
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
