"""C of ours as a shared object on this computer: compiled once, kept under a name that its sources decide.

Bound by cffi in ABI mode: whoever opens it needs no compiler.
"""

import hashlib
import platform
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from nanosmith.tools.process import find_program, run_command

_BUILD_TIMEOUT_S = 120.0
_INLINE = re.compile(r"^static inline .*?^}$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class HostSources:
    """What a library is made of."""

    name: str
    files: Mapping[str, str]
    """Text of each .h and .c, by its path in the folder that is compiled."""

    flags: Sequence[str]
    needed_for: str
    """For whoever has no compiler."""

    @property
    def key(self) -> str:
        """Digest of everything that decides what the library computes."""
        parts = [*self.flags, platform.system(), platform.machine()]
        parts += [f"{name}\n{text}" for name, text in sorted(self.files.items())]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    def build(self, cache: Path, *definitions: str) -> Path:
        """The shared object in the folder `cache`, compiled unless it is there.

        Raises:
            ToolMissing: There is no gcc.
            CommandFailed: It refuses the sources.

        """
        path = cache / f"{self.name}_{self.key[:16]}.so"
        if not path.is_file():
            cache.mkdir(parents=True, exist_ok=True)
            with TemporaryDirectory(dir=cache, prefix=".build-") as work:
                self._compile(Path(work), definitions).replace(path)
        return path

    def _compile(self, work: Path, definitions: Sequence[str]) -> Path:
        gcc = find_program("gcc", needed_for=self.needed_for, remedy="sudo apt-get install gcc libc6-dev")
        for name, text in self.files.items():
            (work / name).parent.mkdir(exist_ok=True)
            (work / name).write_text(text, encoding="utf-8")
        names = [name for name in self.files if name.endswith(".c")]
        made = f"{self.name}.so"
        run_command(
            [gcc, *self.flags, *definitions, "-I.", *names, "-o", made], cwd=work, timeout_s=_BUILD_TIMEOUT_S,
            env={"PATH": "/usr/local/bin:/usr/bin:/bin", "TMPDIR": str(work)},
        )  # fmt: skip
        return work / made


def declarations(headers: Sequence[str]) -> str:
    """Headers without their preprocessor lines and inline functions, which is the C that cffi reads."""
    text = _INLINE.sub("", "\n".join(headers))
    return "\n".join(line for line in text.splitlines() if not line.startswith("#"))
