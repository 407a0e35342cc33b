"""What each agent is asked and what it answers: all briefs in one place to import from.

A brief is everything an agent may know; it holds no sealed data and no path. `Brief.faults` says, in sentences that
can be sent back, what is wrong with an answer that fits its schema.
"""

from nanosmith.agents.brief import Brief, Role
from nanosmith.agents.coder import CoderBrief, Proposals, TrialDigest
from nanosmith.agents.embedded_engineer import EngineerBrief
from nanosmith.agents.planner import PlannerBrief
from nanosmith.agents.trainer_critic import CriticBrief

__all__ = [
    "Brief",
    "CoderBrief",
    "CriticBrief",
    "EngineerBrief",
    "PlannerBrief",
    "Proposals",
    "Role",
    "TrialDigest",
]
