"""The built-in coder's detectors of anomalies: what stays the same while all is normal, from plain to learned."""

from collections.abc import Iterator
from typing import Literal

from nanosmith.agents.builtin.design_space import first_points
from nanosmith.agents.builtin.design_space_front_end import choose_front_end
from nanosmith.agents.builtin.network_source import render_network
from nanosmith.agents.coder import CoderBrief, Proposals
from nanosmith.tools.specs.base import Record
from nanosmith.tools.specs.candidate import MOST_DEVIATIONS, FrontEnd, Proposal, RawFrontEnd, TrainingSettings
from nanosmith.tools.specs.feature_shape import feature_shape

_FEWEST_STEPS = 8
"""Rows that a scale must leave, so that its roughness is an average of something."""

_AUTOENCODER_VALUES = 128
"""Numbers that an autoencoder reconstructs; its dense layers grow with them."""

_EPOCHS, _BATCH = 40, 32
_STEPS = 3_000
"""Training steps that are enough for some thousand weights."""


class Detector(Record):
    """What a template needs."""

    family: Literal["distance", "autoencoder"]
    title: str
    levels: bool = True
    """Mean of each column over the window."""

    scales: tuple[int, ...] = ()
    """Rows averaged before the steps between neighbors are measured; one roughness of each column a scale."""

    pool: int = 1
    """Rows averaged before the autoencoder."""

    hidden: int = 0
    code: int = 0
    """Units of the narrowest layer."""


def propose_detectors(brief: CoderBrief) -> Proposals:
    """The next detectors not tried or refused yet; fewer than wanted once all were."""
    taken = [trial.parameters for trial in brief.trials] + [refused.parameters for refused, _ in brief.refused]
    fresh = [proposal for proposal in _options(brief) if proposal.parameters not in taken]
    return Proposals(proposals=tuple((fresh or list(_options(brief)))[: max(1, brief.wanted)]))


def _options(brief: CoderBrief) -> Iterator[Proposal]:
    """Everything there is to try, best first; the first tries differ most."""
    front_end = _front_end(brief)
    shape = feature_shape(front_end, brief.sample_shape)
    if len(shape) == 3:
        for code in (8, 16, 4):
            yield _proposal(_autoencoder(shape, code), front_end, brief)
        return
    rows, columns = shape
    scales = tuple(scale for scale in (1, 4, 16) if rows // scale >= _FEWEST_STEPS)
    most = max(0, MOST_DEVIATIONS // columns - 1)
    yield _proposal(_distance(scales[:1][:most], levels=True), front_end, brief)
    yield _proposal(_autoencoder(shape, 8), front_end, brief)
    yield _proposal(_distance((), levels=True), front_end, brief)
    yield _proposal(_distance(scales[:most], levels=True), front_end, brief)
    yield _proposal(_autoencoder(shape, 4), front_end, brief)
    yield _proposal(_distance(scales[: most + 1], levels=False), front_end, brief)
    yield _proposal(_autoencoder(shape, 16), front_end, brief)


def _front_end(brief: CoderBrief) -> FrontEnd:
    """The one that suits this kind of data; raw samples where they are relative to the device's start already."""
    if brief.spec.window.reference == 0:
        front_end = choose_front_end(next(iter(first_points(brief))), brief)
        shape = feature_shape(front_end, brief.sample_shape)
        if len(shape) == 3 or shape[1] <= MOST_DEVIATIONS:
            return front_end
    return RawFrontEnd()


def _distance(scales: tuple[int, ...], *, levels: bool) -> Detector:
    parts = ["levels"] if levels else []
    if scales:
        parts.append("roughness at steps of " + ", ".join(map(str, scales)))
    return Detector(family="distance", title="Distance by " + " and ".join(parts), levels=levels, scales=scales)


def _autoencoder(shape: tuple[int, ...], code: int) -> Detector:
    pool = 1
    while shape[0] // pool * shape[1] > _AUTOENCODER_VALUES and shape[0] // (2 * pool) >= 1:
        pool *= 2
    return Detector(family="autoencoder", title=f"Autoencoder through {code} units", pool=pool, hidden=3 * code,
                    code=code)  # fmt: skip


def _proposal(detector: Detector, front_end: FrontEnd, brief: CoderBrief) -> Proposal:
    epochs = max(5, min(_EPOCHS, _STEPS * _BATCH // max(1, brief.windows)))
    training = TrainingSettings(
        epochs=epochs if detector.family == "autoencoder" else 1, batch_size=_BATCH, learning_rate=2e-3,
        label_smoothing=0.0, class_weights="none",
    )  # fmt: skip
    idea = f"{detector.title}; what is normal is learned from normal windows alone."
    parameters: dict[str, int | float | str] = {
        "family": detector.family, "levels": int(detector.levels), "scales": "-".join(map(str, detector.scales)),
        "code": detector.code,
    }  # fmt: skip
    return Proposal(
        idea=idea,
        source=render_network(detector.family, idea, detector=detector),
        front_end=front_end,
        training=training,
        parameters=parameters,
    )
