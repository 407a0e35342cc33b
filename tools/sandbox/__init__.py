"""What untrusted code may touch: bubblewrap, seccomp, limits; nothing of the host but what is named, read-only."""

from nanosmith.tools.sandbox.job import WORK, SandboxFinished, SandboxJob, SandboxLimits
from nanosmith.tools.sandbox.results import read_plain_file
from nanosmith.tools.sandbox.run import Sandbox, python_read_only

__all__ = [
    "WORK",
    "Sandbox",
    "SandboxFinished",
    "SandboxJob",
    "SandboxLimits",
    "python_read_only",
    "read_plain_file",
]
