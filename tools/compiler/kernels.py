"""The hand-written kernel files that a model needs."""

import re
from pathlib import Path

KERNEL_FOLDER = Path(__file__).resolve().parents[2] / "firmware_templates" / "kernels"
_INCLUDE = re.compile(r'^#include "(ns_\w+)\.h"$', re.MULTILINE)


def kernel_files(names: set[str]) -> dict[str, str]:
    """File name → text of the kernels in `names` and of everything they include."""
    files: dict[str, str] = {}
    wanted = set(names)
    while wanted:
        name = wanted.pop()
        for suffix in (".h", ".c"):
            path = KERNEL_FOLDER / f"{name}{suffix}"
            if f"{name}{suffix}" in files or not path.exists():
                continue
            text = path.read_text(encoding="utf-8")
            files[f"{name}{suffix}"] = text
            wanted.update(n for n in _INCLUDE.findall(text) if f"{n}.h" not in files)
    return dict(sorted(files.items()))
