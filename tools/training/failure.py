"""Why a training has no result, in words that its author can act on."""

import signal

from nanosmith.tools.clean_text import clean_text
from nanosmith.tools.errors import CommandFailed, NanosmithError

_SHELL_SIGNAL_BASE = 128
_REASON_CHARS = 1_200


class TrainingFailed(NanosmithError):
    """One training ended without a usable result; its reason is cleaned."""

    def __init__(self, reason: str, *, timed_out: bool = False, repeatable: bool = True) -> None:
        """`repeatable` where the same inputs are bound to fail again, so that trying again would be a waste."""
        self.reason = clean_text(reason, limit=_REASON_CHARS).strip()
        self.timed_out = timed_out
        self.repeatable = repeatable
        super().__init__(self.reason)


def from_crash(error: CommandFailed, stage: str, memory_bytes: int) -> TrainingFailed:
    """A harness that ended without saying why: the signal, what it was doing, and the usual cause of that."""
    number = -error.code if error.code < 0 else error.code - _SHELL_SIGNAL_BASE
    doing = f" while {stage}"
    if number in (signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGFPE):
        hint = ""
        if "converting" in stage:
            hint = "; TensorFlow's converter does that on rolled LSTM and GRU layers: unroll them or use convolutions"
        return TrainingFailed(f"it crashed ({signal.Signals(number).name}){doing}{hint}")
    if "MemoryError" in error.output or "ResourceExhausted" in error.output or number == signal.SIGABRT:
        return TrainingFailed(f"it needed more than {memory_bytes / 2**30:.1f} GB of memory{doing}")
    if number == signal.SIGKILL:
        return TrainingFailed(f"it was killed{doing}: the machine ran out of memory, or so it seems", repeatable=False)
    if number == signal.SIGXCPU:
        return TrainingFailed(f"it used up its processor time{doing}", timed_out=True, repeatable=False)
    return TrainingFailed(f"it ended with status {error.code}{doing}: {error.output[-600:]}", repeatable=False)
