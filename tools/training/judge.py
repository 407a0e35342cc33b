"""Score a .tflite as the device will run it: features by the streaming C front-end, inference by the emitted C."""

import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nanosmith.tools.compiler import CompiledModel, HostModel, compile_model
from nanosmith.tools.errors import (
    CommandFailed,
    CommandTimedOut,
    MemoryExceeded,
    NanosmithError,
    OutputTooLarge,
    ResultRefused,
)
from nanosmith.tools.features.library import FrontEndLibrary
from nanosmith.tools.sandbox import Sandbox
from nanosmith.tools.specs.board import Core
from nanosmith.tools.specs.candidate import FittedFrontEnd
from nanosmith.tools.training.failure import TrainingFailed
from nanosmith.tools.training.job import JobResult, TrainingJob


def fit_front_end(job: TrainingJob, result: JobResult, compiled: CompiledModel) -> FittedFrontEnd:
    """The front-end with what the training found and what the model's input tensor asks for.

    Raises:
        TrainingFailed: The statistics don't fit the features, or the model does not take them.

    """
    columns = job.feature_shape[-1]
    if len(result.mean) != columns or len(result.std) != columns or min(result.std) <= 0:
        raise TrainingFailed(f"it returned {len(result.mean)} means and {len(result.std)} deviations for {columns}")
    if int(np.prod(compiled.input.shape)) != int(np.prod(job.feature_shape)):
        raise TrainingFailed(f"the model takes {compiled.input.shape}, the features are {job.feature_shape}")
    if int(np.prod(compiled.output.shape)) != job.classes:
        raise TrainingFailed(f"the model gives {compiled.output.shape}, needed are {job.classes} values")
    return FittedFrontEnd(
        front_end=job.front_end,
        sample_shape=job.sample_shape,
        feature_shape=job.feature_shape,
        rate_hz=job.rate_hz,
        mean=result.mean,
        std=result.std,
        input_scale=compiled.input.scale,
        input_zero_point=compiled.input.zero_point,
    )


def output_bytes(
    fitted: FittedFrontEnd,
    compiled: CompiledModel,
    windows: NDArray[np.float32] | NDArray[np.uint8],
    library: FrontEndLibrary,
    work: Path,
    sandbox: Sandbox,
) -> NDArray[np.int8]:
    """Output bytes [n, outputs] of each window [n, …], by the C that ships.

    Raises:
        TrainingFailed: The C that the model became does not compile, crashes, hangs or eats memory.

    """
    work.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=work, prefix="host-") as folder:
        inputs = library.quantized(fitted, windows)
        try:
            outputs = HostModel.build(compiled, Path(folder), sandbox=sandbox).run(inputs)
        except (CommandFailed, CommandTimedOut, OutputTooLarge, MemoryExceeded, ResultRefused) as error:
            raise TrainingFailed(f"its C can't be run on the host: {error}", repeatable=False) from error
    return np.asarray(outputs.reshape(len(windows), -1))


def compile_answer(blob: bytes, core: Core) -> CompiledModel:
    """Compile a .tflite that a sandbox left, for the core that it will run on.

    Raises:
        TrainingFailed: The compiler does not take it.

    """
    try:
        return compile_model(blob, core=core)
    except NanosmithError as error:
        raise TrainingFailed(str(error)) from error


_LEAST_SHARE_SCALE = 1 / 512


def has_shares(compiled: CompiledModel) -> bool:
    """Whether the outputs are shares of belief: a softmax's, or the mean of some, whose largest one may be below 1."""
    return _LEAST_SHARE_SCALE < compiled.output.scale <= 1 / 255 and compiled.output.zero_point == -128
