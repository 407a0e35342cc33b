"""The planner turns goal and profile into a contract, and may have questions."""

from langgraph.runtime import Runtime

from nanosmith.agents.briefs import PlannerBrief
from nanosmith.graphs.events import Note, PlanMade
from nanosmith.graphs.services import Services
from nanosmith.graphs.state import RunState
from nanosmith.graphs.telling import enter, tell, tell_thinking
from nanosmith.tools.contract import too_few_to_promise
from nanosmith.tools.firmware.boards import load_boards
from nanosmith.tools.specs.base import Artifact
from nanosmith.tools.specs.data_profile import Baseline, DataProfile
from nanosmith.tools.specs.question import UserAnswer


def plan(state: RunState, runtime: Runtime[Services]) -> RunState:
    """Make the contract; a second time where the user answered a question."""
    services = enter(runtime, "plan")
    brief = planner_brief(state, services)
    tell_thinking(runtime, "planner", "the goal, the data and the boards", brief.notes)
    made = services.mind.think(brief)
    tell(runtime, PlanMade(spec=made.contract()))
    doubt = too_few_to_promise(made, brief.profile)
    if doubt is not None:
        tell(runtime, Note(severity="warning", message=doubt))
    return {"plan": made.model_dump(mode="json")}


def planner_brief(state: RunState, services: Services) -> PlannerBrief:
    """What the planner is asked, with the answers that were given so far."""
    return PlannerBrief(
        goal=state["goal"],
        profile=services.folder.get_record(Artifact.model_validate(state["profile"]), DataProfile),
        baseline=Baseline.model_validate(state["baseline"]),
        boards=load_boards(),
        board=state["board"],
        answers=tuple(UserAnswer.model_validate(answer) for answer in state.get("answers", [])),
        notes=services.steering(),
    )
