"""Compiler tests share a builder of .tflite files and kernels that are built once."""

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from running import KernelLibrary

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


@pytest.fixture(scope="session")
def kernels(tmp_path_factory: pytest.TempPathFactory) -> KernelLibrary:
    """All kernels, built once with sanitizers; models are linked against them."""
    return KernelLibrary.build(tmp_path_factory.mktemp("kernels"))
