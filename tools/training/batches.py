"""Training batches: shuffled, augmented, normalized, with soft targets and loss weights. Runs inside the sandbox."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nanosmith.tools.specs.candidate import Augmentation, TrainingSettings
from nanosmith.tools.specs.front_end import (
    FrontEnd,
    LogMelFrontEnd,
    has_bands,
    has_decibels,
    is_linear,
    is_logarithmic,
    is_standardized,
)
from nanosmith.tools.training import augment
from nanosmith.tools.training.augment import Floats, Triple


@dataclass(frozen=True)
class Normalization:
    """Mean and standard deviation of each column of the features, over the training part."""

    mean: Floats
    std: Floats

    @classmethod
    def fit(cls, features: Floats) -> "Normalization":
        """Statistics over all axes but the last; a constant column gets a standard deviation of 1."""
        axes = tuple(range(features.ndim - 1))
        mean = features.mean(axis=axes, dtype=np.float64)
        std = features.std(axis=axes, dtype=np.float64)
        return cls(mean.astype(np.float32), np.where(std > 1e-6, std, 1.0).astype(np.float32))

    def apply(self, features: Floats) -> Floats:
        """Zero mean and unit variance."""
        return ((features - self.mean) / self.std).astype(np.float32, copy=False)


@dataclass(frozen=True)
class Batch:
    """What one training step takes."""

    inputs: Floats
    targets: Floats
    """[n, classes], rows sum to 1; of a number [n, 1], standardized."""

    weights: Floats
    """Loss weight of each window; 1 on average."""


@dataclass(frozen=True)
class Batches:
    """An endless supply of epochs, the same for the same seed."""

    features: Floats
    labels: NDArray[np.int32]
    classes: int
    normalization: Normalization
    front_end: FrontEnd
    settings: TrainingSettings
    triples: Sequence[Triple]
    numbers: Floats | None = None
    """What is to be estimated, standardized [n]; `labels` are then parts of its range. None: labels are the answer."""

    @property
    def steps(self) -> int:
        """Batches in an epoch; windows that don't fill one wait for the next epoch's shuffle."""
        return max(1, len(self.features) // self.settings.batch_size)

    def epoch(self, random: np.random.Generator) -> Iterator[Batch]:
        """One pass over the training windows in a new order, each newly augmented."""
        order = random.permutation(len(self.features))
        weights = class_weights(self.labels, self.classes, self.settings.class_weights)
        for step in range(self.steps):
            chosen = order[step * self.settings.batch_size :][: self.settings.batch_size]
            labels = self.labels[chosen]
            targets = self._targets(chosen)
            inputs = self.augmented(self.features[chosen], random)
            if self.settings.augmentation.mixup > 0:
                inputs, targets = augment.mixup(inputs, targets, self.settings.augmentation.mixup, random)
            yield Batch(inputs, targets, weights[labels] if self.numbers is None else np.ones(len(labels), np.float32))

    def _targets(self, chosen: NDArray[np.int64]) -> Floats:
        if self.numbers is not None:
            return np.asarray(self.numbers[chosen][:, None], np.float32)
        return smooth(self.labels[chosen], self.classes, self.settings.label_smoothing)

    def augmented(self, batch: Floats, random: np.random.Generator) -> Floats:
        """Changes in physical units, then normalization, then changes in standard deviations."""
        how = self.settings.augmentation
        if self.front_end.kind == "image":
            if how.image_shift or how.image_zoom or how.image_rotate_deg or how.image_flip:
                batch = augment.warp_pictures(batch, how, random)
        elif how.rotate_deg and self.triples:
            batch = augment.rotate(batch, self.triples, how.rotate_deg, random)
        if how.scale:
            batch = self._louder(batch, how.scale, random)
        if self.front_end.kind != "image":
            batch = self._elsewhere(batch, how, random)
        if is_standardized(self.front_end) and any(_reshaping(how)):
            batch = augment.standardize(batch)
        batch = self.normalization.apply(batch)
        if how.jitter:
            batch = batch + how.jitter * random.standard_normal(batch.shape, dtype=np.float32)
        if how.mask and self.front_end.kind != "image":
            batch = augment.mask(batch, how.mask, random, bands=has_bands(self.front_end))
        return batch

    def _elsewhere(self, batch: Floats, how: Augmentation, random: np.random.Generator) -> Floats:
        """Another mounting, another pace, another place in the window, another source of the sound and microphone."""
        if self.front_end.kind == "raw":
            batch = augment.invert(batch, how.invert, random) if how.invert else batch
            batch = augment.refilter(batch, how.filter, random) if how.filter else batch
            batch = augment.disturb(batch, how.artifacts, random) if how.artifacts else batch
        if how.wander and self.front_end.kind in ("raw", "wavelet"):
            batch = augment.wander(batch, how.wander, random)
        if how.stretch:
            batch = augment.stretch(batch, how.stretch, random)
        if how.shift:
            batch = augment.shift(batch, how.shift, random)
        if how.warp and has_bands(self.front_end):
            batch = augment.warp_bands(batch, how.warp, random)
        if how.tilt and has_bands(self.front_end) and has_decibels(self.front_end):
            batch = self._through_another_microphone(batch, how.tilt, random)
        return batch

    def _through_another_microphone(self, batch: Floats, sigma: float, random: np.random.Generator) -> Floats:
        tilted = augment.tilt(batch, sigma * float(self.normalization.std.mean()), random)
        if not isinstance(self.front_end, LogMelFrontEnd) or self.front_end.range is None:
            return tilted
        reach = self.front_end.range  # what was cut off is silence: it sounds the same through every microphone
        return np.where(batch > -reach, augment.level(tilted, reach), np.float32(-reach))

    def _louder(self, batch: Floats, sigma: float, random: np.random.Generator) -> Floats:
        gain = sigma * random.standard_normal((len(batch), *[1] * (batch.ndim - 1)), dtype=np.float32)
        if is_logarithmic(self.front_end):  # a gain is an offset once the logarithm is taken
            return batch + gain * float(self.normalization.std.mean())
        return batch * (1 + gain) if is_linear(self.front_end) else batch


def _reshaping(how: Augmentation) -> tuple[float, ...]:
    """What changes the mean or the deviation of a window, so that it must be standardized again."""
    return how.filter, how.artifacts, how.wander, how.stretch, how.shift


def smooth(labels: NDArray[np.int32], classes: int, amount: float) -> Floats:
    """One-hot targets with `amount` spread over all classes."""
    targets = np.full((len(labels), classes), amount / classes, np.float32)
    targets[np.arange(len(labels)), labels] += 1 - amount
    return targets


def class_weights(labels: NDArray[np.int32], classes: int, how: str) -> Floats:
    """Loss weight of each class, such that the mean over the windows is 1; absent classes get 1."""
    counts = np.bincount(labels, minlength=classes).astype(np.float64)
    power = {"none": 0.0, "sqrt": 0.5, "balanced": 1.0}[how]
    weights = np.where(counts > 0, np.maximum(counts, 1.0) ** -power, 1.0)
    mean = float((weights * counts).sum() / counts.sum())
    return np.where(counts > 0, weights / mean, 1.0).astype(np.float32)
