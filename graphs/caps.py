"""What a run may spend, beside what it has spent; resumes added up."""

from typing import Literal

from nanosmith.tools.specs.device_spec import Limits
from nanosmith.tools.specs.run import Usage

Paid = Literal["calls", "tokens", "cost"]
PAID_WORDS: dict[str, str] = {"calls": "calls of a language model", "tokens": "tokens", "cost": "money"}


def paid_cap(limits: Limits, usage: Usage) -> Paid | None:
    """Which cap on the language model is used up. An unknown price can't use up a cap on money."""
    if limits.calls is not None and usage.calls >= limits.calls:
        return "calls"
    if limits.tokens is not None and usage.input_tokens + usage.output_tokens >= limits.tokens:
        return "tokens"
    if limits.cost_usd is not None and usage.cost_usd is not None and usage.cost_usd >= limits.cost_usd:
        return "cost"
    return None


def time_is_up(limits: Limits, usage: Usage) -> bool:
    """Whether the search has used its wall time."""
    return limits.time_s is not None and usage.wall_s >= limits.time_s
