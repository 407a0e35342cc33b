"""The compiler benchmark is a folder of scripts: its modules, and the compiler tests' small models, by their names."""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "benchmarks" / "compiler"))
sys.path.insert(0, str(ROOT / "tests" / "compiler"))
