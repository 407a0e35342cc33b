"""A library built once, front-ends fitted to windows, and programs that stream through the emitted C."""

import os
import struct
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from nanosmith.tools.features import feature_shape
from nanosmith.tools.features.emit import emit_front_end, front_end_sources
from nanosmith.tools.features.library import FrontEndLibrary
from nanosmith.tools.process import run_command
from nanosmith.tools.specs.board import Board
from nanosmith.tools.specs.candidate import FittedFrontEnd, FrontEnd

sys.path.insert(0, str(Path(__file__).parent))

from programs import CPU_FLAGS, HARNESS, SANITIZED, STRICT, board_flags, emulator

Fit = Callable[[FrontEnd, NDArray[np.generic], float | None], FittedFrontEnd]


@dataclass(frozen=True)
class Streams:
    """Builds the streaming harness around an emitted front-end and some streams, and runs it."""

    folder: Path

    def run(
        self,
        fitted: FittedFrontEnd,
        streams: Iterable[NDArray[np.generic]],
        *,
        hop: int,
        board: Board | None = None,
        plugin: Path | None = None,
    ) -> NDArray[np.int8]:
        """Every window of every stream [samples, floats], float32 or uint8, as int8 [windows, bytes].

        On the host the program is built with sanitizers. `plugin` counts instructions into `counts.txt`.
        """
        program = self._build(fitted, list(streams), hop, board)
        done = run_command(
            [str(program)] if board is None else emulator(board, program, plugin), cwd=self.folder, timeout_s=120,
            env={"PATH": os.environ["PATH"], "ASAN_OPTIONS": "detect_leaks=0"}, until=lambda line: line == b"done",
        )  # fmt: skip
        *lines, last = done.stdout.decode().split()
        assert last == "done"
        return np.array([list(bytes.fromhex(line)) for line in lines], np.uint8).view(np.int8)

    def _build(self, fitted: FittedFrontEnd, streams: list[NDArray[np.generic]], hop: int, board: Board | None) -> Path:
        for name, text in {**front_end_sources(fitted), **emit_front_end(fitted)}.items():
            (self.folder / name).write_text(text)
        (self.folder / "streams.bin").write_bytes(b"".join(_block(stream) for stream in streams) + bytes(4))
        sample_type = "uint8_t" if streams[0].dtype == np.uint8 else "float"
        sources = [*sorted(self.folder.glob("*.c")), HARNESS / "stream_main.c", HARNESS / "stream_data.S"]
        command = ["gcc", *SANITIZED] if board is None else ["arm-none-eabi-gcc", *board_flags(board)]
        includes = [f"-I{self.folder}", f"-Wa,-I{self.folder}", f"-DHOP={hop}", f"-DSAMPLE_TYPE={sample_type}"]
        target = self.folder / "stream"
        argv = [*command, *STRICT, *includes, *map(str, sources), "-o", str(target)]
        run_command(argv, cwd=self.folder, timeout_s=60, env={"PATH": os.environ["PATH"]})
        return target


def _block(stream: NDArray[np.generic]) -> bytes:
    content = np.ascontiguousarray(stream).tobytes()
    return struct.pack("<I", len(stream)) + content + bytes(-len(content) % 4)


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> FrontEndLibrary:
    return FrontEndLibrary.build(tmp_path_factory.mktemp("library"))


@pytest.fixture
def streams(tmp_path: Path) -> Streams:
    return Streams(tmp_path)


@pytest.fixture(scope="session")
def fit(library: FrontEndLibrary) -> Fit:
    """Fits a front-end to windows as training does; some inputs clamp, as they do on real data."""

    def fitted(front_end: FrontEnd, windows: NDArray[np.generic], rate_hz: float | None) -> FittedFrontEnd:
        features = library.features(front_end, windows, rate_hz).astype(np.float64)
        axes = tuple(range(features.ndim - 1))
        std = features.std(axes)
        return FittedFrontEnd(
            front_end=front_end, sample_shape=windows.shape[1:], rate_hz=rate_hz,
            feature_shape=feature_shape(front_end, windows.shape[1:]), mean=tuple(features.mean(axes).tolist()),
            std=tuple(np.where(std > 1e-6, std, 1.0).tolist()), input_scale=0.0171, input_zero_point=-7,
        )  # fmt: skip

    return fitted


@pytest.fixture(scope="session")
def strict() -> list[str]:
    return STRICT


@pytest.fixture(scope="session")
def cpu_flags() -> dict[str, list[str]]:
    return CPU_FLAGS
