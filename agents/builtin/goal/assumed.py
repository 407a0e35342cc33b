"""What a goal leaves open."""

from nanosmith.tools.specs.device_spec import Assumption, AssumptionSource


def assume(what: str, source: AssumptionSource) -> Assumption:
    """Something that is settled without the goal's saying so, and by what."""
    return Assumption(what=what, source=source)
