"""From an int8 model and a fitted front-end to what runs on host and board: the one path that both take."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nanosmith.tools.compiler import CompiledModel, HostModel, compile_model
from nanosmith.tools.compiler.profiles import DEFAULT_CORE
from nanosmith.tools.decisions.choose import debounced
from nanosmith.tools.features.emit import emit_front_end, front_end_sources
from nanosmith.tools.features.library import FrontEndLibrary
from nanosmith.tools.features.sources import resampler_sources
from nanosmith.tools.firmware.number import FixedNumber
from nanosmith.tools.firmware.project import render_project
from nanosmith.tools.sandbox import Sandbox
from nanosmith.tools.specs.board import Board, Core
from nanosmith.tools.specs.candidate import FittedFrontEnd
from nanosmith.tools.specs.decision import Decision
from nanosmith.tools.specs.device_spec import Spec
from nanosmith.tools.specs.trial import NumberScale


@dataclass(frozen=True)
class Deployable:
    """A trained candidate as C."""

    model: bytes
    """The int8 .tflite it was compiled from."""

    compiled: CompiledModel
    fitted: FittedFrontEnd
    scale: NumberScale | None = None
    """Of a number: what the model's output stands for."""

    decision: Decision | None = None
    """How answers become reports; None: the contract's debouncing."""

    @classmethod
    def assemble(
        cls, model: bytes, fitted: FittedFrontEnd, core: Core = DEFAULT_CORE, scale: NumberScale | None = None,
        decision: Decision | None = None,
    ) -> "Deployable":  # fmt: skip
        """Compile the model for a core; raises ModelRejected where the compiler can't."""
        return cls(model, compile_model(model, core=core), fitted, scale, decision)

    def number(self, spec: Spec) -> FixedNumber | None:
        """What an output byte stands for; None where the answer is a class."""
        if spec.target is None or self.scale is None:
            return None
        return FixedNumber.of(spec.target, self.scale, self.compiled.output.scale, self.compiled.output.zero_point)

    def decides(self, spec: Spec) -> Decision:
        """How answers become reports under this contract; of no account where the answer is a number."""
        return debounced(spec) if self.decision is None else self.decision

    def project(self, spec: Spec, board: Board, application: str) -> dict[str, str]:
        """Every file of the PlatformIO project, by relative path."""
        return render_project(
            spec=spec,
            board=board,
            model=self.compiled.files,
            front_end=self._front_end(spec),
            application=application,
            decision=None if spec.target is not None else self.decides(spec),
            sample_shape=self.fitted.sample_shape,
            number=self.number(spec),
        )

    def _front_end(self, spec: Spec) -> dict[str, str]:
        resampler = {} if spec.window.grid is None else resampler_sources()
        return {**front_end_sources(self.fitted), **resampler, **emit_front_end(self.fitted)}

    def on_host(self, folder: Path, sandbox: Sandbox) -> HostModel:
        """The model's C, built for this computer; raises as `HostModel.build`."""
        return HostModel.build(self.compiled, folder, sandbox=sandbox)

    def host_answers(
        self, windows: NDArray[np.generic], library: FrontEndLibrary, host: HostModel
    ) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
        """Model inputs and outputs of raw windows [n, *sample_shape], by the C that ships, built for the host.

        Returns:
            int8 inputs [n, *feature_shape] and int8 outputs [n, classes].

        """
        inputs = library.quantized(self.fitted, windows)
        return inputs, host.run(inputs).reshape(len(windows), -1)
