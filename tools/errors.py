"""Errors a user or an agent can act on.

* NanosmithError                 shown to the user without a traceback
  + UsageError                   the command can't be acted on as it stands (exit status 2)
    + UnknownBoard               no manifest of that name; carries the nearest ones
    + GoalUnclear                the goal names no device goal that could be planned
    + DataError                  a recording can't be read; carries file and line
  + ToolMissing                  a program is not installed; carries the command that installs it
  + CommandFailed                non-zero exit; carries argv, code and the tail of the output
  + CommandTimedOut              still running after its limit, and killed
  + OutputTooLarge               wrote more than its limit, and was killed
  + MemoryExceeded               its processes together used more memory than their limit, and were killed
  + ResultRefused                a file that untrusted code left is not what was asked for
  + BuildFailed                  firmware does not compile or does not fit the board; carries the errors
  + ImageUnreadable              a linked firmware image is missing or not what the linker writes
  + FirmwareFailed               firmware crashed, or said that it can't go on; carries its last line
  + ModelRejected                a .tflite file is damaged or not what the compiler takes
    + UnsupportedOperator        carries operator, tensor and the Keras layer it came from
  + ArtifactDamaged              bytes in a run folder don't match their sha256
  + AgentOutputInvalid           an agent's answer failed its schema after all repairs
  + LanguageModelError           the endpoint can't be used (key, context length, refusal, outage)
  + RunError                     a run folder can't be used as asked
    + RunBusy                    another process holds the run
    + RunNotFound
    + RunIncompatible            made by a version that this one can't continue
  + DiskFull                     nothing more can be written; the run stays resumable
  + RunStopped                   the user, or a cap, asked for an orderly stop

A message says what was needed, what was found and what to try; the numbers are attributes too.
"""

from collections.abc import Sequence
from pathlib import Path

_TAIL_CHARS = 2_000


class NanosmithError(Exception):
    """Base of every expected error."""


class UsageError(NanosmithError):
    """The command can't be acted on as it stands."""


class UnknownBoard(UsageError):
    """No manifest has this name."""

    def __init__(self, name: str, nearest: Sequence[str]) -> None:
        """Keep the name asked for and the nearest known ones, best first."""
        self.name = name
        self.nearest = tuple(nearest)
        near = f"Nearest: {', '.join(nearest)}. " if nearest else ""
        super().__init__(
            f"no board is called {name!r}. {near}"
            "`nanosmith boards` lists them all; `nanosmith boards --how-to-add` shows how to add one."
        )


class GoalUnclear(UsageError):
    """The goal does not say enough to plan a device."""


class DataError(UsageError):
    """Recordings can't be used; names file and line where there are any."""

    def __init__(self, reason: str, *, file: Path | str | None = None, line: int | None = None) -> None:
        """Keep where the fault is: `file` relative to the data folder, `line` counted from 1."""
        self.reason = reason
        self.file = None if file is None else str(file)
        self.line = line
        where = "" if file is None else f"{file}:{line}: " if line is not None else f"{file}: "
        super().__init__(where + reason)


class ToolMissing(NanosmithError):
    """A program that a step needs is not installed."""

    def __init__(self, program: str, *, needed_for: str, remedy: str) -> None:
        """`remedy` is the command, or the sentence, that puts it right."""
        self.program = program
        self.remedy = remedy
        super().__init__(f"{program} is needed for {needed_for} and was not found. Try: {remedy}")


class CommandFailed(NanosmithError):
    """A program ended with a non-zero exit status."""

    def __init__(self, argv: Sequence[str], code: int, output: str) -> None:
        """`output` is the tail of what it wrote; negative `code` is the signal that ended it."""
        self.argv = tuple(argv)
        self.code = code
        self.output = output
        tail = output[-_TAIL_CHARS:].strip()
        super().__init__(f"{Path(argv[0]).name} ended with status {code}" + (f":\n{tail}" if tail else ""))


class CommandTimedOut(NanosmithError):
    """A program was still running after its limit; its whole process group was killed."""

    def __init__(self, argv: Sequence[str], timeout_s: float) -> None:
        """Keep the limit in seconds."""
        self.argv = tuple(argv)
        self.timeout_s = timeout_s
        super().__init__(f"{Path(argv[0]).name} was still running after {timeout_s:g} s and was killed")


class OutputTooLarge(NanosmithError):
    """A program wrote more than its limit; its whole process group was killed."""

    def __init__(self, argv: Sequence[str], limit_bytes: int) -> None:
        """Keep the limit in bytes."""
        self.argv = tuple(argv)
        self.limit_bytes = limit_bytes
        super().__init__(f"{Path(argv[0]).name} wrote more than {limit_bytes:,} bytes and was killed")


class MemoryExceeded(NanosmithError):
    """A program and its children used more memory than their limit; all of them were killed."""

    def __init__(self, argv: Sequence[str], limit_bytes: int) -> None:
        """Keep the limit in bytes."""
        self.argv = tuple(argv)
        self.limit_bytes = limit_bytes
        super().__init__(f"{Path(argv[0]).name} used more than {limit_bytes / 2**30:.1f} GB of memory and was killed")


class ResultRefused(NanosmithError):
    """A file that untrusted code left is missing, a link, no plain file, or too large."""

    def __init__(self, name: str, reason: str) -> None:
        """`name` is ours, not the code's."""
        self.name = name
        self.reason = reason
        super().__init__(f"{name} {reason}")


class BuildFailed(NanosmithError):
    """Firmware does not compile, or does not fit the board."""

    def __init__(self, errors: Sequence[str]) -> None:
        """`errors` as the build report has them: `file:line: message`, cleaned."""
        self.errors = tuple(errors)
        more = f" (and {len(errors) - 3} more)" if len(errors) > 3 else ""
        super().__init__("the firmware could not be built: " + "; ".join(errors[:3]) + more)


class ImageUnreadable(NanosmithError):
    """A linked firmware image is missing, or is not an ELF file that can be read."""


class FirmwareFailed(NanosmithError):
    """Firmware on the emulator crashed, stopped early, or said that it can't go on."""

    def __init__(self, reason: str, *, line: str = "") -> None:
        """`line` is what it said last, cleaned; empty where it said nothing."""
        self.line = line
        super().__init__(reason + (f" ({line})" if line else ""))


class ModelRejected(NanosmithError):
    """A .tflite file is damaged, too large, or not an int8 model."""


class UnsupportedOperator(ModelRejected):
    """The compiler has no kernel for an operator of the model."""

    def __init__(self, operator: str, *, tensor: str, layer: str | None, reason: str = "") -> None:
        """`tensor` is the operator's output, `layer` the Keras layer it came from, where known."""
        self.operator = operator
        self.tensor = tensor
        self.layer = layer
        origin = f" of layer {layer!r}" if layer else ""
        detail = f" ({reason})" if reason else ""
        super().__init__(f"the compiler has no kernel for {operator}{origin}, tensor {tensor!r}{detail}")


class ArtifactDamaged(NanosmithError):
    """Bytes in a run folder don't match the sha256 they were stored under."""

    def __init__(self, path: Path, expected: str, found: str) -> None:
        """Both digests are lower-case hex."""
        self.path = path
        super().__init__(
            f"{path} is damaged: sha256 {found[:12]}… where {expected[:12]}… was stored. Resuming makes it again where "
            "the run still holds the same bytes elsewhere; else put it back from a copy, or start the run again"
        )


class AgentOutputInvalid(NanosmithError):
    """An agent's answer was still invalid after every repair it was allowed."""


class LanguageModelError(NanosmithError):
    """The language model's endpoint can't be used; the run stays resumable."""


class RunError(NanosmithError):
    """A run folder can't be used as asked."""


class RunBusy(RunError):
    """Another process holds the run."""


class RunNotFound(RunError):
    """No run of that name or path."""


class RunIncompatible(RunError):
    """The run was made by a version that this one can't continue."""


class DiskFull(NanosmithError):
    """The disk, or the user's share of it, is full; the run stays resumable."""


class RunStopped(NanosmithError):
    """The user or a cap asked for a stop; raised at the next safe point."""
