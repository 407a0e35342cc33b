"""Build and convert a candidate's untrained network before a training is paid for."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from nanosmith.tools.compiler import CompiledModel, compile_model, read_model
from nanosmith.tools.compiler.graph import keras_layer
from nanosmith.tools.errors import ModelRejected, RunError
from nanosmith.tools.features.layout import check_front_end
from nanosmith.tools.features.library import FrontEndLibrary, front_end_ram_bytes
from nanosmith.tools.run_folder import parse_record, write_atomic
from nanosmith.tools.sandbox import Sandbox
from nanosmith.tools.specs.board import Board
from nanosmith.tools.specs.candidate import CandidateCheck, FittedFrontEnd, Proposal
from nanosmith.tools.specs.device_spec import Spec
from nanosmith.tools.specs.time_grid import resampler_bytes
from nanosmith.tools.specs.trial import NumberScale
from nanosmith.tools.training.failure import TrainingFailed
from nanosmith.tools.training.job import TrainingJob
from nanosmith.tools.training.jobs import Inputs, run_job
from nanosmith.tools.training.source_check import source_findings

CHECK_LIMIT_S = 180.0
"""Longest wall time that building and converting an untrained network may take."""


def check_candidate(
    proposal: Proposal,
    *,
    spec: Spec,
    board: Board,
    sample_shape: tuple[int, ...],
    library: FrontEndLibrary,
    sandbox: Sandbox,
    work: Path,
    timeout_s: float = CHECK_LIMIT_S,
    cancelled: Callable[[], bool] | None = None,
) -> CandidateCheck:
    """What building, converting and compiling the untrained network tells; the same proposal is checked once.

    Args:
        proposal: A coder's answer.
        spec: Names the classes and the budget.
        board: Its memory is the budget that the spec does not name.
        sample_shape: Of one raw window: [samples, channels], or [height, width, colors].
        library: Host build of the front-ends; only its presence is needed here.
        sandbox: Where the source may run.
        work: Folder for the answers that are kept.
        timeout_s: Wall time for building and converting it.
        cancelled: Asked about ten times a second.

    Raises:
        RunStopped: `cancelled` said so.

    """
    del library  # no features are computed: weights and ranges of an untrained network are arbitrary
    key = _key(proposal, spec, board, sample_shape)
    kept = _read(work / f"{key}.json")
    if kept is not None:
        return kept
    try:
        check = _check(proposal, spec, board, sample_shape, sandbox, work, timeout_s, cancelled)
    except TrainingFailed as failure:
        check = _failed(failure.reason)
        if not failure.repeatable:
            return check
    write_atomic(work / f"{key}.json", check.model_dump_json(indent=1).encode())
    return check


def _check(
    proposal: Proposal, spec: Spec, board: Board, sample_shape: tuple[int, ...], sandbox: Sandbox, work: Path,
    timeout_s: float, cancelled: Callable[[], bool] | None,
) -> CandidateCheck:  # fmt: skip
    findings = source_findings(proposal.source)
    if findings:
        return _failed(*findings)
    try:
        shape = check_front_end(proposal.front_end, sample_shape, rate_hz=spec.window.rate_hz, hop=spec.window.hop)
    except ValueError as error:
        return _failed(f"the front-end does not fit the windows: {error}")
    job = TrainingJob(
        purpose="check",
        front_end=proposal.front_end,
        sample_shape=sample_shape,
        feature_shape=shape,
        rate_hz=spec.window.rate_hz,
        classes=spec.outputs,
        scale=None if spec.target is None else NumberScale(mean=0.0, std=1.0),
        alarms=spec.alarms,
        training=proposal.training,
        calibrations=("plain",),
    )
    inputs = Inputs(job, proposal.source.encode())
    built = run_job(inputs, work=work, sandbox=sandbox, timeout_s=timeout_s, cancelled=cancelled)
    try:
        islands = float_findings(built.models["plain"])
        if islands:
            return _failed(*islands)
        compiled = compile_model(built.models["plain"], core=board.core)
    except ModelRejected as error:
        return _failed(str(error))
    return CandidateCheck(
        ok=not (over := budget_findings(job, compiled, spec, board)),
        findings=over,
        input_shape=shape,
        weights=compiled.weights,
        macs=compiled.macs,
        arena_bytes=compiled.arena_bytes,
        constant_bytes=compiled.constant_bytes,
        operators=compiled.operators,
    )


def float_findings(blob: bytes) -> tuple[str, ...]:
    """Operators that the converter silently left in floating point, a sentence each.

    Raises:
        ModelRejected: The file is no model.

    """
    graph = read_model(blob)
    findings = []
    for operator in graph.operators:
        outputs = [graph.tensors[index] for index in operator.outputs]
        if operator.kind != "DEQUANTIZE" and any(tensor.dtype == "FLOAT32" for tensor in outputs):
            layer = keras_layer(outputs[0].name)
            where = f" of layer {layer!r}" if layer else ""
            findings.append(
                f"{operator.kind}{where} has no int8 form in the converter and would stay in floating point"
            )
    return tuple(findings)


def budget_findings(job: TrainingJob, compiled: CompiledModel, spec: Spec, board: Board) -> tuple[str, ...]:
    """What can't fit whatever the rest of the firmware needs; the rest is measured on the board after training."""
    findings = []
    flash = board.flash_bytes if spec.budget.flash_bytes is None else spec.budget.flash_bytes
    if compiled.constant_bytes >= flash:
        findings.append(
            f"its constants alone need {compiled.constant_bytes:,} B and the flash budget is {flash:,} B; "
            "use fewer filters or smaller kernels"
        )
    ram = board.ram_bytes if spec.budget.ram_bytes is None else spec.budget.ram_bytes
    front_end, resampler = front_end_ram_bytes(_unfitted(job, compiled)), ""
    if spec.window.grid is not None:
        front_end += resampler_bytes(job.sample_shape[-1])
        resampler = " with the resampler"
    if compiled.arena_bytes + front_end >= ram:
        findings.append(
            f"its arena needs {compiled.arena_bytes:,} B and its front-end{resampler} {front_end:,} B, and the RAM "
            f"budget is {ram:,} B; use a larger stride early, fewer filters, or a coarser front-end"
        )
    return tuple(findings)


def _unfitted(job: TrainingJob, compiled: CompiledModel) -> FittedFrontEnd:
    columns = job.feature_shape[-1]
    return FittedFrontEnd(
        front_end=job.front_end,
        sample_shape=job.sample_shape,
        feature_shape=job.feature_shape,
        rate_hz=job.rate_hz,
        mean=(0.0,) * columns,
        std=(1.0,) * columns,
        input_scale=compiled.input.scale,
        input_zero_point=compiled.input.zero_point,
    )


def _failed(*findings: str) -> CandidateCheck:
    return CandidateCheck(ok=False, findings=findings)


def _key(proposal: Proposal, spec: Spec, board: Board, sample_shape: tuple[int, ...]) -> str:
    parts = (proposal.model_dump_json(), spec.model_dump_json(), board.model_dump_json(), str(sample_shape))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def _read(path: Path) -> CandidateCheck | None:
    try:
        return parse_record(path.read_bytes(), CandidateCheck)
    except (FileNotFoundError, RunError):
        return None
