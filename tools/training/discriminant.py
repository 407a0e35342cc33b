"""Weights in closed form instead of by gradient: a linear discriminant for each pair of classes. In the sandbox.

For data of few windows and features that already tell classes apart. Fisher's discriminant (Hastie, Tibshirani and
Friedman 2009, section 4.3) of features that are nearly collinear needs large weights that cancel; gradient descent
takes very long to find them, and one int8 layer over all classes loses them in rounding. So each pair has a unit of its
own, clipped where it is sure, and the classes add up what their units say (pairwise coupling, Friedman 1996):

    margin = w . x + b, in nats    v = relu6(margin + 3)    answer of a class = sum of v, or of 6 - v, over its pairs

With one covariance for all pairs the best class is the one of the common discriminant, whatever is clipped: a class
that beats another one beats all that the other one beats. Rounding costs little, because each bias is worked out with
the rounded weights and puts the boundary between its two classes where it belongs.
"""

from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from nanosmith.tools.training.augment import Floats
from nanosmith.tools.training.batches import Batches

PAIRS = "pairs"
"""Name of the layer whose weights are found; class j of pair (j, k), j < k, wins where it is above 3."""

_CLIP = 4.0
"""Standard deviations; as far as calibrated inputs reach."""

_HALF, _STEPS = 3.0, 127
_SHARED = 3.0
"""A pair's own covariance counts as much as the common one with this many windows a feature."""

_POWERS = {"none": 1.0, "sqrt": 0.5, "balanced": 0.0}
"""Of class frequencies in the priors, as loss weights would have it."""

Doubles = NDArray[np.float64]


def pairs_layer(model: Any, classes: int) -> Any:
    """The layer to solve.

    Raises:
        ValueError: The network has none that fits.

    """
    count = classes * (classes - 1) // 2
    found = next((layer for layer in model.layers if layer.name == PAIRS), None)
    if not isinstance(found, keras.layers.Dense) or found.units != count or not found.use_bias:
        raise ValueError(f"solver 'discriminant' needs a Dense layer named {PAIRS!r} of {count} units with biases")
    if found.kernel.shape[0] != int(np.prod(model.input_shape[1:])):
        raise ValueError(f"the layer {PAIRS!r} must see all features, flattened")
    return found


def solve(model: Any, batches: Batches) -> None:
    """Set weights and biases of the layer `pairs`.

    Priors follow `class_weights`; `weight_decay` and the square of `jitter` are added to the variance of each feature,
    in its standard deviations. Nothing else of the settings is used.
    """
    layer = pairs_layer(model, batches.classes)
    features = np.clip(batches.normalization.apply(batches.features), -_CLIP, _CLIP)
    flat = features.reshape(len(features), -1).astype(np.float64)
    settings = batches.settings
    ridge = settings.weight_decay + settings.augmentation.jitter**2
    kernel, bias = discriminants(
        flat, batches.labels, batches.classes, ridge=ridge, prior_power=_POWERS[settings.class_weights]
    )
    layer.kernel.assign(kernel)
    layer.bias.assign(bias)


def discriminants(
    features: Doubles, labels: NDArray[np.int32], classes: int, *, ridge: float, prior_power: float
) -> tuple[Floats, Floats]:
    """Weights [f, pairs] on 255 levels each and biases [pairs] with 3 added, pairs as `numpy.triu_indices` has them.

    A class without windows loses against all others.

    Args:
        features: Normalized, [n, f].
        labels: Class of each window, [n].
        classes: Their number.
        ridge: Added to every variance, at least 0.
        prior_power: Of the class frequencies; 0: all classes are equally likely.

    """
    size = features.shape[1]
    counts = np.bincount(labels, minlength=classes).astype(np.float64)
    means = np.zeros((classes, size))
    scatters = np.zeros((classes, size, size))
    for label in np.flatnonzero(counts):
        members = features[labels == label]
        means[label] = members.mean(axis=0)
        scatters[label] = (members - means[label]).T @ (members - means[label])
    common = scatters.sum(axis=0) / max(1.0, counts.sum() - (counts > 0).sum())
    kernel, bias = [], []
    for first, second in zip(*np.triu_indices(classes, 1), strict=True):
        both = counts[first] + counts[second]
        if not counts[first] or not counts[second]:
            kernel.append(np.zeros(size))
            bias.append(_HALF * float(np.sign(counts[first] - counts[second])))
            continue
        own = both / (both + _SHARED * size)
        scatter = (scatters[first] + scatters[second]) / max(1.0, both - 2)
        covariance = (1 - own) * common + own * scatter + max(ridge, 1e-6) * np.eye(size)
        weights = _rounded(np.linalg.solve(covariance, means[first] - means[second]))
        prior = prior_power * float(np.log(counts[first] / counts[second]))
        kernel.append(weights)
        bias.append(prior - float(weights @ (means[first] + means[second])) / 2)
    return np.stack(kernel, axis=1).astype(np.float32), (np.array(bias) + _HALF).astype(np.float32)


def _rounded(weights: Doubles) -> Doubles:
    """To the levels that int8 will have."""
    step = float(np.abs(weights).max()) / _STEPS
    return weights if step == 0 else np.round(weights / step) * step
