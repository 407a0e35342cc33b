"""int8 .tflite to C that needs no runtime."""

from nanosmith.tools.compiler.compile import CompiledModel, LayerReport, TensorInfo, compile_model
from nanosmith.tools.compiler.graph import Graph
from nanosmith.tools.compiler.host_model import HostModel
from nanosmith.tools.compiler.lower.table import SUPPORTED_OPERATORS
from nanosmith.tools.compiler.read import read_model

__all__ = [
    "SUPPORTED_OPERATORS", "CompiledModel", "Graph", "HostModel", "LayerReport", "TensorInfo", "compile_model",
    "read_model",
]  # fmt: skip
