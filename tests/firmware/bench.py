"""A small real device goal, its model and everything that builds and runs it; nothing here needs TensorFlow."""

import hashlib
import importlib.util
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nanosmith.tools.deploy import Deployable
from nanosmith.tools.features.library import FrontEndLibrary
from nanosmith.tools.firmware.boards import find_board
from nanosmith.tools.firmware.emulator import Emulator, Replay
from nanosmith.tools.firmware.platformio import PlatformIO
from nanosmith.tools.firmware.project import EMULATED, StreamShape, example_application, write_project
from nanosmith.tools.sandbox import Sandbox
from nanosmith.tools.specs.board import Board
from nanosmith.tools.specs.candidate import FittedFrontEnd, FrontEnd, ImageFrontEnd, LogMelFrontEnd, RawFrontEnd
from nanosmith.tools.specs.decision import Decision
from nanosmith.tools.specs.device_spec import Behavior, Budget, Spec, WindowSpec
from nanosmith.tools.specs.feature_shape import feature_shape
from nanosmith.tools.specs.trial import BuildReport

BOARDS = (
    "microbit", "mps2_an385", "mps2_an386", "mps2_an500", "mps2_an505", "mps3_an547", "netduinoplus2", "nucleo_f446re",
)  # fmt: skip
LENGTH, HOP = 32, 8
DECISION = Decision(weight=150, enter=140, leave=70, shortest=2, refractory=4)


def series_spec(**changes: object) -> Spec:
    """Three classes from three channels, 32 samples a window."""
    spec = Spec(
        title="a test device", goal="tell three motions apart", board="mps2_an386",
        classes=("rest", "swing", "shake"), channels=("x", "y", "z"),
        window=WindowSpec(length=LENGTH, hop=HOP, rate_hz=50.0), metric="accuracy", metric_limit=0.9,
        metric_limit_source="goal", budget=Budget(), behavior=Behavior(debounce=2),
    )  # fmt: skip
    return spec.model_copy(update=changes)


def series_device() -> Deployable:
    """Raw front-end, averaged over two samples, a dense layer with a softmax, and decisions that smooth and wait."""
    return replace(device(RawFrontEnd(decimate=2), (LENGTH, 3), 50.0), decision=DECISION)


def sound_device() -> tuple[Spec, Deployable]:
    """Log-mel over 640 samples of sound."""
    front_end = LogMelFrontEnd(frame=128, hop=64, bands=8, low_hz=50.0, high_hz=3800.0)
    window = WindowSpec(length=640, hop=320, rate_hz=8000.0)
    spec = series_spec(channels=("sound",), window=window)
    return spec, device(front_end, (640, 1), 8000.0)


def picture_device() -> tuple[Spec, Deployable]:
    """Pictures of 12 by 10 in color, resized to 6 by 5 in gray."""
    spec = series_spec(channels=("red", "green", "blue"), window=WindowSpec(length=1, hop=1, rate_hz=None))
    return spec, device(ImageFrontEnd(height=6, width=5), (12, 10, 3), None)


def device(front_end: FrontEnd, sample_shape: tuple[int, ...], rate_hz: float | None) -> Deployable:
    """A front-end fitted by hand, and a dense softmax model of three classes on it."""
    shape = feature_shape(front_end, sample_shape)
    fitted = FittedFrontEnd(
        front_end=front_end, sample_shape=sample_shape, feature_shape=shape, rate_hz=rate_hz,
        mean=tuple(0.1 * c for c in range(shape[-1])), std=(1.5,) * shape[-1], input_scale=0.05, input_zero_point=-3,
    )  # fmt: skip
    return Deployable.assemble(dense_softmax(shape, classes=3), fitted)


def dense_softmax(shape: tuple[int, ...], *, classes: int) -> bytes:
    """A .tflite file: reshape, fully connected, softmax; weights drawn from a fixed seed."""
    builder = _builder_module().Builder()
    random = np.random.default_rng(5)
    size = int(np.prod(shape))
    source = builder.tensor((1, *shape), scale=0.05, zero_point=-3)
    flat = builder.tensor((1, size), scale=0.05, zero_point=-3)
    weights = builder.tensor((classes, size), scale=0.01, values=random.integers(-127, 128, (classes, size)))
    bias = builder.tensor((classes,), scale=0.0005, values=random.integers(-500, 500, classes), dtype="int32")
    logits = builder.tensor((1, classes), scale=0.02 * size**0.5, zero_point=4)
    shares = builder.tensor((1, classes), scale=1 / 256, zero_point=-128)
    builder.operator("RESHAPE", [source, builder.constant(np.array([1, size]))], [flat])
    builder.operator("FULLY_CONNECTED", [flat, weights, bias], [logits], "FullyConnectedOptions")
    builder.operator("SOFTMAX", [logits], [shares], "SoftmaxOptions", beta=1.0)
    return builder.blob([source], [shares])


def _builder_module():  # the compiler's tests own the builder; tests are no package
    path = Path(__file__).resolve().parents[1] / "compiler" / "tflite_builder.py"
    if "firmware_tflite_builder" not in sys.modules:
        spec = importlib.util.spec_from_file_location("firmware_tflite_builder", path)
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
    return sys.modules["firmware_tflite_builder"]


def motion(windows: int, *, seed: int = 0) -> NDArray[np.float32]:
    """Windows [n, 32, 3] that reach every class and saturate some features."""
    random = np.random.default_rng(seed)
    return (random.normal(0, 4, (windows, LENGTH, 3)) + random.normal(0, 3, (windows, 1, 3))).astype(np.float32)


@dataclass
class Bench:
    """Prepared tools, and images that were built once for all tests."""

    root: Path
    platformio: PlatformIO
    emulator: Emulator
    library: FrontEndLibrary
    sandbox: Sandbox = field(default_factory=Sandbox)
    images: dict[str, tuple[BuildReport, Path | None]] = field(default_factory=dict)

    @classmethod
    def prepare(cls, root: Path) -> "Bench":
        return cls(
            root, PlatformIO.prepare(root / "core"), Emulator.prepare(root / "emulator"),
            FrontEndLibrary.build(root / "features"),
        )  # fmt: skip

    def lay_out(self, folder: Path, board: str = "mps2_an386", application: str | None = None) -> dict[str, str]:
        """A project of the series device in `folder`."""
        source = example_application() if application is None else application
        files = series_device().project(series_spec(), find_board(board), source)
        write_project(files, folder)
        return files

    def built(self, board: str, application: str | None = None) -> tuple[BuildReport, Path]:
        """The series device, built for a board; the same call builds once."""
        digest = hashlib.sha256((application or "stock").encode()).hexdigest()[:12]
        key = f"{board}-{digest}"
        if key not in self.images:
            project = self.root / board
            self.lay_out(project, board, application)
            report, elf = self.platformio.build(project, EMULATED, self.sandbox)
            kept = self.root / f"{key}.elf"
            if elf is not None:
                kept.write_bytes(elf.read_bytes())
            self.images[key] = (report, None if elf is None else kept)
        report, image = self.images[key]
        assert image is not None, report.errors
        return report, image

    def replay(self, elf: Path, board: str | Board, windows: NDArray, **options: object) -> Replay:
        """Windows of the series device through an image of it."""
        return self.emulator.replay_windows(
            elf, find_board(board) if isinstance(board, str) else board, windows, shape=StreamShape(3, LENGTH, HOP),
            classes=3, sandbox=self.sandbox, work=self.root / "work", **options,
        )  # fmt: skip

    def host(self, made: Deployable, windows: NDArray) -> NDArray[np.int8]:
        """What the host build of the same C answers."""
        folder = self.root / "host" / str(made.fitted.sample_shape)
        return made.host_answers(windows, self.library, made.on_host(folder, self.sandbox))[1]
