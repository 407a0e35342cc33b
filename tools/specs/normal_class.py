"""Whether a class's name says that it is normal operation; here, among the records, because data and planner ask it."""

import re

_NORMAL = re.compile(
    r"(?:normal(?:ly)?|ok(?:ay)?|good|healthy|nominal|regular|intact|none|no|false|negative|0(?:\.0+)?|"
    r"(?:no|without)(?: \w+)? (?:faults?|anomal(?:y|ies)|defects?|failures?|leaks?)|"
    r"(?:fault|anomaly|defect|failure|leak) free)(?: (?:operation|state|condition|running|run|class|baseline))?"
)
_SEPARATORS = re.compile(r"[\s_.-]+")


def is_normal(name: str) -> bool:
    """`normal`, `OK`, `healthy_state`, `no fault`, `anomaly-free`, `0` and the like."""
    return _NORMAL.fullmatch(_SEPARATORS.sub(" ", name.casefold()).strip()) is not None
