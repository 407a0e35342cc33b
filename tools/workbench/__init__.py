"""One compiled model alone on an emulated core: what it costs in instructions, flash, RAM and stack."""

from nanosmith.tools.workbench.cores import CORES, PRESETS, BenchCore, Preset, bench_core
from nanosmith.tools.workbench.measure import Measurement, layer_instructions, measure_model
from nanosmith.tools.workbench.vectors import Vectors

__all__ = [
    "CORES",
    "PRESETS",
    "BenchCore",
    "Measurement",
    "Preset",
    "Vectors",
    "bench_core",
    "layer_instructions",
    "measure_model",
]
