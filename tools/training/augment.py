"""Random changes to training windows, a batch at a time.

Runs inside the sandbox. Everything works on float32 features before normalization unless it says otherwise.
Rotation is the one that matters for inertial sensors: a strap is never worn twice at the same angle, and a
rotation in physical units says so (Um et al. 2017, https://doi.org/10.1145/3136755.3136817).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nanosmith.tools.specs.candidate import Augmentation

Floats = NDArray[np.float32]
Triple = tuple[int, int, int]


def random_rotations(count: int, sigma_deg: float, random: np.random.Generator) -> Floats:
    """Rotation matrices [count, 3, 3]: axis uniform on the sphere, angle normal with `sigma_deg` (Rodrigues)."""
    axis = random.standard_normal((count, 3))
    axis /= np.linalg.norm(axis, axis=1, keepdims=True) + 1e-12
    angle = np.deg2rad(sigma_deg) * random.standard_normal((count, 1, 1))
    x, y, z = axis.T
    zero = np.zeros(count)
    cross = np.array([[zero, -z, y], [z, zero, -x], [-y, x, zero]]).transpose(2, 0, 1)
    turned = np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * (cross @ cross)
    return np.asarray(turned, np.float32)


def rotate(batch: Floats, triples: Sequence[Triple], sigma_deg: float, random: np.random.Generator) -> Floats:
    """Turn each x, y, z triple of columns of [n, rows, columns]; triples of one window turn together."""
    turned = batch.copy()
    rotation = random_rotations(len(batch), sigma_deg, random)
    for triple in triples:
        turned[:, :, triple] = batch[:, :, triple] @ rotation.transpose(0, 2, 1)
    return turned


def shift(batch: Floats, share: float, random: np.random.Generator) -> Floats:
    """Move each window along its rows by up to `share` of its length; the rows at the edge are repeated."""
    rows = batch.shape[1]
    most = int(share * rows)
    offset = random.integers(-most, most + 1, len(batch))
    source = np.clip(np.arange(rows) + offset[:, None], 0, rows - 1)
    return np.asarray(batch[np.arange(len(batch))[:, None], source])


def stretch(batch: Floats, most: float, random: np.random.Generator) -> Floats:
    """Play each window [n, rows, columns] up to `1 + most` times as fast or as slow about its middle; edges repeat."""
    rows = batch.shape[1]
    middle = (rows - 1) / 2
    pace = _scalings(len(batch), most, random)
    return _along_rows(batch, (np.arange(rows) - middle) * pace + middle)


def warp_bands(batch: Floats, most: float, random: np.random.Generator) -> Floats:
    """Scale the columns' axis of each window [n, rows, bands] by up to `1 + most`; the edge is repeated.

    On a mel scale about what another length of the vocal tract does (Jaitly and Hinton 2013, "Vocal tract length
    perturbation improves speech recognition").
    """
    source = np.arange(batch.shape[2]) * _scalings(len(batch), most, random)
    return _along_rows(batch.transpose(0, 2, 1), source).transpose(0, 2, 1)


def tilt(batch: Floats, sigma: float, random: np.random.Generator) -> Floats:
    """Add a smooth curve over the bands to each window [n, rows, bands], the same in every row: another microphone."""
    across = np.linspace(-1, 1, batch.shape[2])
    curves = np.stack([across, across**2 - 1 / 3, np.sin(np.pi * across), np.cos(np.pi * across)])
    added = (sigma * random.standard_normal((len(batch), len(curves))) @ curves).astype(np.float32)
    return np.asarray(batch + added[:, None, :])


def level(batch: Floats, reach: float) -> Floats:
    """Logarithmic energies [n, rows, bands] against each window's loudest, cut off `reach` below: `ns_level` in C."""
    relative = batch - batch.max(axis=(1, 2), keepdims=True)
    return np.asarray(np.maximum(relative, -reach), np.float32)


def _scalings(count: int, most: float, random: np.random.Generator) -> NDArray[np.float64]:
    return np.asarray(np.exp(np.log1p(most) * random.uniform(-1, 1, (count, 1))))


def _along_rows(batch: Floats, source: NDArray[np.float64]) -> Floats:
    """Rows of [n, rows, columns] at the places `source` [n, rows], between neighbors by a straight line."""
    last = batch.shape[1] - 1
    place = np.clip(source, 0, last)
    before = np.floor(place).astype(int)
    share = (place - before)[:, :, None].astype(np.float32)
    each = np.arange(len(batch))[:, None]
    return np.asarray(batch[each, before] * (1 - share) + batch[each, np.minimum(before + 1, last)] * share, np.float32)


def wander(batch: Floats, sigma: float, random: np.random.Generator) -> Floats:
    """Add a third to two periods of a sine to each column of each window, of normal amplitude in its deviation."""
    count, rows, columns = batch.shape
    turns = random.uniform(1 / 3, 2, (count, 1, columns))
    phase = random.uniform(0, 2 * np.pi, (count, 1, columns))
    amplitude = sigma * random.standard_normal((count, 1, columns)) * batch.std(axis=1, keepdims=True)
    time = np.arange(rows)[None, :, None] / rows
    return np.asarray(batch + amplitude * np.sin(2 * np.pi * turns * time + phase), np.float32)


_TAPS = 9


def refilter(batch: Floats, sigma: float, random: np.random.Generator) -> Floats:
    """Each window [n, rows, columns] through a filter of its own: a tap of 1, and normal ones under a Hann window.

    All columns and all shapes of a window change alike, as with electrodes at another place: what differs from its
    neighbors still does, what a shape looks like says less.
    """
    taps = sigma * random.standard_normal((len(batch), _TAPS)) * np.hanning(_TAPS + 2)[1:-1]
    taps[:, _TAPS // 2] += 1
    padded = np.pad(batch, ((0, 0), (_TAPS // 2, _TAPS // 2), (0, 0)), mode="edge")
    rows = batch.shape[1]
    changed = sum(taps[:, tap, None, None] * padded[:, tap : tap + rows] for tap in range(_TAPS))
    return np.asarray(changed, np.float32)


def invert(batch: Floats, share: float, random: np.random.Generator) -> Floats:
    """A share of the windows [n, rows, columns] with their signs changed."""
    signs = np.where(random.random((len(batch), 1, 1)) < share, np.float32(-1), np.float32(1))
    return np.asarray(batch * signs, np.float32)


_ARTIFACTS = 3
_NOISY = 0.3
"""Share of the windows with a burst of noise, and the most it has of the artifacts' deviation."""


def disturb(batch: Floats, sigma: float, random: np.random.Generator) -> Floats:
    """Add what moving bodies and slipping electrodes do to each window [n, rows, columns].

    Up to three bumps (Gaussian) or steps (tanh) anywhere, from three rows to a third of the window long, of normal
    amplitude in each column's deviation, and white noise in some windows: the three kinds of noise of the MIT-BIH noise
    stress test (Moody, Muldrow and Mark 1984), made by formulas.
    """
    count, rows, columns = batch.shape
    deviation = batch.std(axis=1, keepdims=True)
    time = np.arange(rows)[None, :]
    added = np.zeros((count, rows, columns))
    for _ in range(_ARTIFACTS):
        length = np.exp(random.uniform(np.log(3), np.log(max(rows / 3, 3)), (count, 1)))
        place = (time - random.uniform(0, rows, (count, 1))) / length
        is_bump = random.random((count, 1)) < 0.5
        shape = np.where(is_bump, np.exp(-0.5 * np.square(place)), np.tanh(place))
        size = sigma * random.standard_normal((count, 1, columns)) * (random.random((count, 1, 1)) < 0.5)
        added += size * shape[:, :, None]
    is_noisy = random.random((count, 1, 1)) < _NOISY
    added += is_noisy * _NOISY * sigma * random.random((count, 1, 1)) * random.standard_normal(batch.shape)
    return np.asarray(batch + added * deviation, np.float32)


def standardize(batch: Floats) -> Floats:
    """Each window's columns less their mean, over their deviation: what the front-end does, after a change."""
    deviation = batch.std(axis=1, keepdims=True)
    return np.asarray((batch - batch.mean(axis=1, keepdims=True)) / np.where(deviation > 1e-6, deviation, 1.0))


def mask(batch: Floats, share: float, random: np.random.Generator, *, bands: bool) -> Floats:
    """Blank out one run of rows (and one of columns) of each normalized window (SpecAugment, arXiv 1904.08779)."""
    batch = batch * _span(batch.shape[1], len(batch), share, random)[:, :, None]
    if bands:
        batch = batch * _span(batch.shape[2], len(batch), share, random)[:, None, :]
    return batch


def _span(size: int, count: int, share: float, random: np.random.Generator) -> Floats:
    length = (random.random(count) * share * size).astype(int)
    start = (random.random(count) * (size - length + 1)).astype(int)
    position = np.arange(size)
    inside = (position >= start[:, None]) & (position < (start + length)[:, None])
    return np.asarray(~inside, np.float32)


def mixup(batch: Floats, targets: Floats, beta: float, random: np.random.Generator) -> tuple[Floats, Floats]:
    """Blend each window and its target with another's (arXiv 1710.09412)."""
    share = random.beta(beta, beta, len(batch)).astype(np.float32)
    other = random.permutation(len(batch))
    wide = share.reshape(-1, *[1] * (batch.ndim - 1))
    mixed = wide * batch + (1 - wide) * batch[other]
    return mixed, share[:, None] * targets + (1 - share[:, None]) * targets[other]


def warp_pictures(batch: Floats, how: Augmentation, random: np.random.Generator) -> Floats:
    """Shift, zoom, rotate and mirror pictures [n, h, w, c] by one bilinear look-up; the edge is repeated."""
    count, height, width, _ = batch.shape
    angle = np.deg2rad(how.image_rotate_deg) * random.standard_normal(count)
    zoom = np.exp(np.log1p(how.image_zoom) * random.uniform(-1, 1, count))
    flip = np.where(random.random(count) < 0.5, -1.0, 1.0) if how.image_flip else np.ones(count)
    move = how.image_shift * random.uniform(-1, 1, (2, count)) * np.array([[height], [width]])
    y, x = np.meshgrid(np.arange(height) - (height - 1) / 2, np.arange(width) - (width - 1) / 2, indexing="ij")
    cosine, sine = (part[:, None, None] / zoom[:, None, None] for part in (np.cos(angle), np.sin(angle)))
    source_y = cosine * y - sine * x + (height - 1) / 2 + move[0][:, None, None]
    source_x = flip[:, None, None] * (sine * y + cosine * x) + (width - 1) / 2 + move[1][:, None, None]
    return _bilinear(batch, np.clip(source_y, 0, height - 1), np.clip(source_x, 0, width - 1))


def _bilinear(batch: Floats, y: NDArray[np.float64], x: NDArray[np.float64]) -> Floats:
    top, left = np.floor(y).astype(int), np.floor(x).astype(int)
    bottom, right = np.minimum(top + 1, batch.shape[1] - 1), np.minimum(left + 1, batch.shape[2] - 1)
    down, along = ((y - top)[..., None].astype(np.float32), (x - left)[..., None].astype(np.float32))
    each = np.arange(len(batch))[:, None, None]
    upper = batch[each, top, left] * (1 - along) + batch[each, top, right] * along
    lower = batch[each, bottom, left] * (1 - along) + batch[each, bottom, right] * along
    return np.asarray(upper * (1 - down) + lower * down, np.float32)
