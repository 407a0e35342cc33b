"""The embedded engineer: contract, board and inference API in; application C out."""

from nanosmith.agents.brief import Brief
from nanosmith.agents.mind import Mind
from nanosmith.tools.specs.application import Application
from nanosmith.tools.specs.board import Board
from nanosmith.tools.specs.device_spec import Spec


class EngineerBrief(Brief[Application]):
    """Write, or mend, the application C around the generated inference API."""

    role = "embedded_engineer"
    answer_type = Application

    spec: Spec
    board: Board
    app_header: str
    """The text of `app.h`: what the application implements and what it may call."""

    example: str
    """A complete application for another goal."""

    previous: Application | None = None
    errors: tuple[str, ...] = ()
    """Compiler, linker or rehearsal errors of `previous`."""

    notes: tuple[str, ...] = ()
    """What the user wrote while the run was under way (`nanosmith steer`), oldest first."""

    def faults(self, answer: Application) -> tuple[str, ...]:
        """No faults beyond the schema: the compiler is the judge."""
        del answer
        return ()


def write_application(mind: Mind, brief: EngineerBrief) -> Application:
    """Write the application, or mend `brief.previous`; raises as `Mind.think` does."""
    return mind.think(brief)
