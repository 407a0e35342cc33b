"""What a checkpoint stores: plain JSON, validated at each node's door; bulk stays in the run folder.

Key names and node names are a file format: paused runs are resumed by them. Change GRAPH_VERSION when either changes.
"""

from collections.abc import Iterable
from typing import Annotated, Any, TypeAlias, TypedDict

GRAPH_VERSION = 4

Json: TypeAlias = dict[str, Any]
"""A record's `model_dump(mode="json")`."""


def merge_by_candidate(old: list[Json], new: list[Json]) -> list[Json]:
    """Append-only by candidate: the first entry for one wins, order is by candidate id.

    A super-step that ran twice (a kill between work and checkpoint) adds nothing the second time.
    """
    return sorted({entry["candidate"]: entry for entry in [*new, *old]}.values(), key=_candidate)


def _candidate(entry: Json) -> str:
    return str(entry["candidate"])


def ids(entries: Iterable[Json]) -> set[str]:
    """The candidates that a list of entries speaks of."""
    return {str(entry["candidate"]) for entry in entries}


class RunState(TypedDict, total=False):
    """Each key has one writer, named behind it."""

    goal: str  # input
    data: str  # input: path of the recordings
    board: str | None  # input: the user's own choice
    limits: Json  # input: Limits

    are_groups_denied: bool  # survey: the user said that a word in the file names is no group
    profile: Json  # survey: Artifact of the DataProfile
    baseline: Json  # survey: Baseline
    plan: Json  # plan: Plan
    answers: list[Json]  # agree: UserAnswer, one a question
    spec: Json  # agree: Spec
    sample_shape: list[int]  # agree
    round: int  # propose: rounds begun
    candidates: Annotated[
        list[Json], merge_by_candidate
    ]  # propose: {candidate, record: Candidate, check: CandidateCheck}
    trials: Annotated[list[Json], merge_by_candidate]  # train: {candidate, artifact of the Trial}
    measures: Annotated[list[Json], merge_by_candidate]  # measure: {candidate, report | failure}
    verdicts: list[Json]  # critique: Verdict, one a round
    application: Json  # firmware, mend, approve: Artifact of the Application
    mends: int  # firmware, mend
    build: Json  # build: BuildReport
    rehearsal: Json  # rehearse: Rehearsal
    verification: Json  # verify: Artifact of the Verification
    status: str  # report: how it ended
    message: str  # report: in one sentence


class TrainState(TypedDict):
    """What one `train` branch is sent: a candidate and nothing of its siblings."""

    spec: Json
    limits: Json
    candidate: Json
    check: Json
    has_best: bool
    best_score: float | None
