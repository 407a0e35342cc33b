"""The built-in coder: real Keras sources from a design space fitted to the data's shape and the board's budget.

The first round tries what has proven itself for this kind of data, as large as the budget allows. Later rounds start
from the best trial and follow the critic's advice; what advice leaves open is Optuna's.
"""

from collections.abc import Iterator

from nanosmith.agents.builtin.anomaly_coder import propose_detectors
from nanosmith.agents.builtin.design_space import Point, Space, choices, first_points, read_point, settled, step
from nanosmith.agents.builtin.design_space_cost import Cost, estimate, overrun
from nanosmith.agents.builtin.design_space_moves import moved
from nanosmith.agents.builtin.design_space_network import Design, design_network
from nanosmith.agents.builtin.design_space_search import suggestions
from nanosmith.agents.builtin.design_space_training import settings_of
from nanosmith.agents.builtin.network_source import render_network
from nanosmith.agents.coder import CoderBrief, Proposals, TrialDigest
from nanosmith.tools.specs.candidate import Proposal, TrainingSettings
from nanosmith.tools.specs.front_end import (
    BesideFrontEnd,
    ChainFrontEnd,
    FrontEnd,
    ImageFrontEnd,
    MotionFrontEnd,
    RawFrontEnd,
    SpectrumFrontEnd,
    WaveletFrontEnd,
)

_SUGGESTIONS = 48
_SLACK = 0.92
"""Share of a budget that an estimate may fill."""

_SHRINKING = ("width", "stem_stride", "size", "frames", "depth", "kernel", "decimate", "bands", "color")
_GROWS = {"stem_stride", "decimate"}
"""Axes along which more means a smaller network."""

_FAMILIES = {
    "ds_cnn_1d": "depthwise-separable CNN along time",
    "cnn_1d": "plain CNN along time",
    "residual_1d": "residual depthwise-separable CNN along time",
    "ds_cnn_2d": "depthwise-separable 2-D CNN",
    "dense": "dense network",
    "discriminant": "linear discriminants, one for each pair of classes,",
}

_SCALE = {True: "samples in the window's own deviations", False: "raw samples"}
_ROWS_OF = {
    "log_mel": "frames of {} log-mel bands",
    "mfcc": "frames of {} MFCC",
    "pcen": "frames of {} bands normalized by their past (PCEN)",
    "statistics": "blocks of {} statistics",
}


def propose(brief: CoderBrief) -> Proposals:
    """The next `brief.wanted` networks, each unlike all that were tried or refused; the same for the same brief."""
    if brief.spec.task == "anomaly":
        return propose_detectors(brief)
    space = choices(brief)
    slack = _SLACK * 0.85 ** len(brief.refused)
    taken = [trial.parameters for trial in brief.trials] + [refused.parameters for refused, _ in brief.refused]
    proposals: list[Proposal] = []
    for why, wished in _ideas(brief, space):
        if len(proposals) == max(1, brief.wanted):
            break
        point = shrink_to_fit(wished, space, brief, slack)
        if design_network(point, brief)[1].family == "discriminant":
            point = settled(point, space)
        sources = {proposal.source: proposal.training for proposal in proposals}
        proposal = _proposal(point, why, brief)
        if point not in taken and sources.get(proposal.source) != proposal.training:
            proposals.append(proposal)
            taken.append(point)
    return Proposals(proposals=tuple(proposals))


def _ideas(brief: CoderBrief, space: Space) -> Iterator[tuple[str, Point]]:
    """Points worth trying and why, best first."""
    openings = [("a first try that suits this kind of data", point) for point in first_points(brief)]
    best = _best(brief, space)
    if best is None:
        yield from openings
    else:
        trial, point = best
        advised = [
            (f"{trial.candidate} changed for {hint}", target) for hint, target in moved(point, space, _wishes(brief))
        ]
        searched = ((f"suggested by the {len(brief.trials)} trials so far", p) for p in suggestions(brief, space, 2))
        yield from advised[: max(1, brief.wanted - 1)] or openings
        yield from searched
        yield from advised[max(1, brief.wanted - 1) :]
        yield from openings
    yield from (("a wider search", point) for point in suggestions(brief, space, _SUGGESTIONS))


def _wishes(brief: CoderBrief) -> str:
    """The critic's advice and, ahead of it, what the user wrote to the run."""
    return "\n".join([*brief.notes, brief.advice])


def _best(brief: CoderBrief, space: Space) -> tuple[TrialDigest, Point] | None:
    """The best trial that came from this space: what fits before what does not, then by score."""
    ranked = [
        ((trial.fits_budget is not False, brief.spec.merit(trial.score)), trial, point)
        for trial in brief.trials
        if trial.score is not None and (point := read_point(trial.parameters, space)) is not None
    ]
    if not ranked:
        return None
    _, trial, point = max(ranked, key=lambda entry: entry[0])
    return trial, point


def shrink_to_fit(point: Point, space: Space, brief: CoderBrief, slack: float) -> Point:
    """The point, made smaller a step at a time until its estimate fits, or as small as it gets.

    Fewer networks first: a good one alone beats several that were cut down.
    """
    now = _overrun(point, brief, slack)
    while now > 1 and (fewer := step(point, space, "members", -1)) != point:
        point, now = fewer, _overrun(fewer, brief, slack)
    while now > 1:
        smaller = [step(point, space, axis, 1 if axis in _GROWS else -1) for axis in _SHRINKING]
        smaller.append(step(point, space, "frames", 1))  # more frames are shorter ones: less to keep for the FFT
        best = min(smaller, key=lambda option: _overrun(option, brief, slack))
        if _overrun(best, brief, slack) >= now:
            if point["family"] == "dense":
                break
            best = {**point, "family": "dense", "width": space["width"][2]}
        point, now = best, _overrun(best, brief, slack)
    return point


def _overrun(point: Point, brief: CoderBrief, slack: float) -> float:
    front_end, design = design_network(point, brief)
    return overrun(estimate(front_end, design, brief.sample_shape), brief, slack=slack)


def _proposal(point: Point, why: str, brief: CoderBrief) -> Proposal:
    front_end, design = design_network(point, brief)
    cost = estimate(front_end, design, brief.sample_shape)
    training = settings_of(point, front_end, design, cost, brief)
    idea = _idea(front_end, design, training, cost, why)
    return Proposal(
        idea=idea,
        source=render_source(design, idea),
        front_end=front_end,
        training=training,
        parameters=dict(point),
    )


def render_source(design: Design, title: str) -> str:
    """The module that defines `build_model`."""
    return render_network(design.family, title, design=design)


def _idea(front_end: FrontEnd, design: Design, training: TrainingSettings, cost: Cost, why: str) -> str:
    on = _seen(front_end, design.input_shape)
    size = (
        "-".join(map(str, design.hidden))
        if design.family in ("dense", "discriminant")
        else f"{design.shape_text}, kernel {design.kernel}"
    )
    turned = f", axes turned by {training.augmentation.rotate_deg:g}°" if training.augmentation.rotate_deg else ""
    macs = f"about {cost.macs / 1000:.0f} k multiplications"
    effort = f"{training.epochs} epochs" if training.solver == "gradient" else "solved at once"
    family = _FAMILIES[design.family].capitalize().replace("cnn", "CNN").replace("2-d", "2-D")
    if design.members > 1:
        size += f", {design.members} that answer together"
    return f"{family} {size}, on {on}, {macs}, {effort}{turned}; {why}."


def _seen(front_end: FrontEnd, shape: tuple[int, ...]) -> str:
    """What a network looks at, in a few words."""
    rows, columns = shape[:2]
    match front_end:
        case ImageFrontEnd():
            return f"{front_end.width}×{front_end.height} {'gray' if front_end.gray else 'color'} pictures"
        case RawFrontEnd():
            return f"{rows} {_SCALE[front_end.standardize]}"
        case MotionFrontEnd():
            return f"{rows} samples with {', '.join(part for part in front_end.parts if part != 'raw')}"
        case SpectrumFrontEnd():
            return f"{rows} frames of {columns} spectral bands ({front_end.compression})"
        case WaveletFrontEnd():
            return f"{rows} rows of {front_end.levels} wavelet octaves ({front_end.measure})"
        case ChainFrontEnd():
            return f"{rows} rows of {columns} features ({', then '.join(stage.kind for stage in front_end.stages)})"
        case BesideFrontEnd():
            kinds = ", ".join(part.stages[0].kind for part in front_end.parts)
            return f"{rows} rows of {columns} features ({kinds} side by side)"
        case _:
            return f"{rows} {_ROWS_OF[front_end.kind]}".format(columns)
