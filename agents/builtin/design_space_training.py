"""Training settings of a point: augmentation by what a window is, epochs by what a training may take."""

from math import prod, sqrt

from nanosmith.agents.builtin.design_space import Point, has_events, has_sound
from nanosmith.agents.builtin.design_space_cost import Cost
from nanosmith.agents.builtin.design_space_network import Design
from nanosmith.agents.coder import CoderBrief
from nanosmith.tools.specs.candidate import Augmentation, TrainingSettings
from nanosmith.tools.specs.front_end import FrontEnd

_TRAINING_S = 60.0
"""Processor time for one training on all open windows: with three folds and a final one, a trial takes about
three of them."""

_WINDOW_S = 6.0e-5
_FEATURE_S = 7.0e-8
_MAC_S = 5.0e-10
"""Processor time of one training step for one window, and what each feature and multiplication adds; measured, see
tools/training/README.md."""

_STEPS = 4_000
"""More only fit the training groups better: with 7,000, unseen people were told apart 1 point worse."""

_EPOCHS = (12, 150)
_MANY_WINDOWS = 20_000
_FEW_WINDOWS = 3_000


def settings_of(point: Point, front_end: FrontEnd, design: Design, cost: Cost, brief: CoderBrief) -> TrainingSettings:
    """Everything that the harness needs to know."""
    is_solved = design.family == "discriminant"
    effort = float(point["effort"]) / sqrt(design.members)  # members may each be trained a little less
    epochs = epochs_for(brief.windows, prod(design.input_shape), cost.macs // design.members, effort)
    return TrainingSettings.model_validate(
        {
            "epochs": 1 if is_solved else epochs,
            "solver": "discriminant" if is_solved else "gradient",
            "members": design.members,
            "batch_size": batch_for(brief.windows),
            "learning_rate": point["learning_rate"],
            "weight_decay": point["weight_decay"],
            "label_smoothing": point["label_smoothing"],
            "class_weights": point["class_weights"],
            "augmentation": _augmentation(front_end, point, brief),
        }
    )


def batch_for(windows: int) -> int:
    """Small where an epoch has few steps anyway."""
    return 128 if windows >= _MANY_WINDOWS else 64 if windows >= _FEW_WINDOWS else 32


def epochs_for(windows: int, features: int, macs: int, effort: float) -> int:
    """As many as fit the processor time and the steps of one training, within bounds."""
    each_s = _WINDOW_S + _FEATURE_S * features + _MAC_S * macs
    affordable = _TRAINING_S / (each_s * max(1, windows))
    epochs = round(effort * min(affordable, _STEPS * batch_for(windows) / max(1, windows)))
    return min(max(epochs, round(_EPOCHS[0] * min(1.0, effort))), round(_EPOCHS[1] * max(1.0, effort)))


def _augmentation(front_end: FrontEnd, point: Point, brief: CoderBrief) -> Augmentation:
    """A strength of 1 is what brought most on inertial data: axes turned by 15°, gain 10 %, a little noise."""
    strength, mixup = float(point["augment"]), float(point["mixup"])
    is_clip = not brief.profile.labels_per_sample and brief.profile.kind in ("audio", "series")
    if front_end.kind == "image":
        return Augmentation(
            scale=0.1 * strength,
            jitter=0.03 * strength,
            image_shift=0.08 * strength,
            image_zoom=0.12 * strength,
            image_rotate_deg=7 * strength,
            mixup=mixup,
        )
    if has_sound(brief):
        return Augmentation(
            scale=0.3 * strength,
            jitter=0.05 * strength,
            shift=0.15 * strength,
            mask=0.12 * strength,
            warp=0.15 * strength,
            stretch=0.3 * strength,
            tilt=0.3 * strength,
            mixup=mixup,
        )
    if has_events(brief):
        return _around_events(point, brief)
    return Augmentation(
        rotate_deg=15 * strength if len(brief.spec.channels) >= 3 and front_end.kind in ("raw", "motion") else 0.0,
        scale=0.1 * strength,
        jitter=0.05 * strength,
        shift=0.05 * strength if is_clip else 0.0,
        mixup=mixup,
    )


_MOUNTINGS = {"same": (0.0, 0.0, 0.0), "other": (0.1, 0.5, 0.0), "any": (0.3, 1.0, 0.5)}
"""Filter, artifacts and share of inverted windows, at a strength of 1."""


def _around_events(point: Point, brief: CoderBrief) -> Augmentation:
    strength = float(point["augment"])
    taps, artifacts, inverted = _MOUNTINGS[str(point["mounting"])]
    return Augmentation(
        scale=0.1 * strength,
        jitter=0.1 * strength,
        shift=min(1.0, brief.spec.window.hop / (2 * brief.spec.window.length)),
        wander=min(4.0, strength),
        filter=taps * strength,
        artifacts=artifacts * strength,
        invert=inverted if strength else 0.0,
        mixup=float(point["mixup"]),
    )
