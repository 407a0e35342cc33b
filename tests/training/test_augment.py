import numpy as np
import pytest

from nanosmith.tools.specs.candidate import Augmentation, ImageFrontEnd, LogMelFrontEnd, RawFrontEnd, TrainingSettings
from nanosmith.tools.training import augment
from nanosmith.tools.training.batches import Batches, Normalization, class_weights, smooth


def _random() -> np.random.Generator:
    return np.random.default_rng(11)


def _series(count: int = 40) -> augment.Floats:
    return _random().standard_normal((count, 32, 7), dtype=np.float32)


def test_a_rotation_keeps_lengths_and_angles_and_leaves_other_channels() -> None:
    batch = _series()
    turned = augment.rotate(batch, [(0, 1, 2), (5, 4, 3)], 40.0, _random())
    for triple in ((0, 1, 2), (5, 4, 3)):
        np.testing.assert_allclose(
            np.linalg.norm(turned[:, :, triple], axis=2), np.linalg.norm(batch[:, :, triple], axis=2), rtol=1e-4
        )
    before = (batch[:, :, (0, 1, 2)] * batch[:, :, (5, 4, 3)]).sum(axis=2)
    after = (turned[:, :, (0, 1, 2)] * turned[:, :, (5, 4, 3)]).sum(axis=2)
    np.testing.assert_allclose(after, before, atol=1e-4)  # both sensors sit in one case
    np.testing.assert_array_equal(turned[:, :, 6], batch[:, :, 6])
    assert np.abs(turned - batch).max() > 0.5


def test_rotations_are_proper_and_as_wide_as_asked() -> None:
    turns = augment.random_rotations(4_000, 15.0, _random())
    np.testing.assert_allclose(np.linalg.det(turns), 1.0, atol=1e-4)
    np.testing.assert_allclose(turns @ turns.transpose(0, 2, 1), np.broadcast_to(np.eye(3), turns.shape), atol=1e-5)
    angles = np.arccos(np.clip((np.trace(turns, axis1=1, axis2=2) - 1) / 2, -1, 1))
    assert np.rad2deg(np.sqrt((angles**2).mean())) == pytest.approx(15.0, rel=0.05)


def test_a_shift_moves_rows_and_repeats_the_edge() -> None:
    batch = np.broadcast_to(np.arange(32, dtype=np.float32)[None, :, None], (50, 32, 2))
    shifted = augment.shift(batch, 0.25, _random())
    offsets = shifted[:, 16, 0] - 16
    assert offsets.min() >= -8
    assert offsets.max() <= 8
    assert len(set(offsets)) > 5
    np.testing.assert_array_equal(shifted[:, :, 0], np.clip(np.arange(32) + offsets[:, None], 0, 31))


@pytest.mark.parametrize("bands", [False, True])
def test_a_mask_blanks_one_run_of_rows(bands: bool) -> None:
    masked = augment.mask(np.ones((200, 40, 20), np.float32), 0.3, _random(), bands=bands)
    rows = (masked.max(axis=2) == 0).sum(axis=1)
    columns = (masked.max(axis=1) == 0).sum(axis=1)
    assert 0 < rows.max() <= 12
    assert bool(columns.max() > 0) is bands
    for window in masked:
        blank = np.flatnonzero(window.max(axis=1) == 0)
        assert not len(blank) or blank[-1] - blank[0] + 1 == len(blank)


def test_mixup_blends_windows_and_targets_alike() -> None:
    targets = np.eye(4, dtype=np.float32)[np.arange(40) % 4]
    batch = np.broadcast_to(targets[:, None, :], (40, 5, 4)).astype(np.float32)
    mixed, blended = augment.mixup(batch, targets, 0.4, _random())
    np.testing.assert_allclose(blended.sum(axis=1), 1.0, atol=1e-6)
    np.testing.assert_allclose(mixed, np.broadcast_to(blended[:, None, :], mixed.shape), atol=1e-6)
    assert ((blended > 0.05) & (blended < 0.95)).any()


def test_pictures_move_by_what_was_asked_and_stay_when_nothing_was() -> None:
    pictures = _random().uniform(0, 255, (6, 20, 24, 3)).astype(np.float32)
    np.testing.assert_allclose(augment.warp_pictures(pictures, Augmentation(), _random()), pictures, rtol=1e-4)
    flipped = augment.warp_pictures(pictures, Augmentation(image_flip=True), _random())
    mirrored = [np.allclose(a, b[:, ::-1], rtol=1e-3) for a, b in zip(flipped, pictures, strict=True)]
    same = [np.allclose(a, b, rtol=1e-3) for a, b in zip(flipped, pictures, strict=True)]
    assert any(mirrored)
    assert all(m or s for m, s in zip(mirrored, same, strict=True))
    turned = augment.warp_pictures(pictures, Augmentation(image_rotate_deg=20, image_zoom=0.2), _random())
    assert np.abs(turned - pictures).mean() > 5
    assert pictures.min() <= turned.min()
    assert turned.max() <= pictures.max()


def _batches(how: Augmentation, front_end: RawFrontEnd | LogMelFrontEnd | ImageFrontEnd) -> Batches:
    pictures = front_end.kind == "image"
    features = _random().uniform(0, 9, (50, 12, 12, 1) if pictures else (50, 32, 6)).astype(np.float32)
    labels = np.arange(50, dtype=np.int32) % 3
    settings = TrainingSettings(batch_size=16, augmentation=how)
    return Batches(features, labels, 3, Normalization.fit(features), front_end, settings, ((0, 1, 2),))


def test_another_pace_keeps_the_middle_and_another_tract_the_lowest_band() -> None:
    ramp = np.broadcast_to(np.arange(33, dtype=np.float32)[:, None], (200, 33, 5))
    paced = augment.stretch(ramp, 0.25, _random())
    np.testing.assert_allclose(paced[:, 16], 16)
    pace = paced[:, 20, 0] / 4 - 4  # rows from the middle that four rows now span, over four
    assert 1 / 1.25 - 1e-3 <= pace.min() < 0.85
    assert 1.15 < pace.max() <= 1.25 + 1e-3
    bands = np.ascontiguousarray(ramp[:, :, :1].transpose(0, 2, 1))
    warped = augment.warp_bands(bands, 0.1, _random())
    np.testing.assert_allclose(warped[:, :, 0], 0)
    assert 10 / 1.1 - 1e-3 <= warped[:, 0, 10].min() < warped[:, 0, 10].max() <= 11 + 1e-3


def test_a_tilt_is_the_same_in_every_row_and_smooth_over_the_bands() -> None:
    tilted = augment.tilt(np.zeros((50, 7, 32), np.float32), 1.0, _random())
    np.testing.assert_array_equal(tilted, np.repeat(tilted[:, :1], 7, axis=1))
    assert np.abs(np.diff(tilted, axis=2)).max() < 0.2 * np.abs(tilted).max()


@pytest.mark.parametrize(
    ("how", "front_end"),
    [
        (Augmentation(rotate_deg=15), RawFrontEnd()),
        (Augmentation(scale=0.1), RawFrontEnd()),
        (Augmentation(jitter=0.1), RawFrontEnd()),
        (Augmentation(shift=0.2), RawFrontEnd()),
        (Augmentation(mask=0.2), LogMelFrontEnd(frame=64, hop=32, bands=8, low_hz=20, high_hz=400)),
        (Augmentation(scale=0.2), LogMelFrontEnd(frame=64, hop=32, bands=8, low_hz=20, high_hz=400)),
        (Augmentation(stretch=0.3), RawFrontEnd()),
        (Augmentation(warp=0.2), LogMelFrontEnd(frame=64, hop=32, bands=8, low_hz=20, high_hz=400)),
        (Augmentation(tilt=0.2), LogMelFrontEnd(frame=64, hop=32, bands=8, low_hz=20, high_hz=400)),
        (Augmentation(mixup=0.3), RawFrontEnd()),
        (Augmentation(wander=1.0), RawFrontEnd()),
        (Augmentation(wander=1.0), RawFrontEnd(standardize=True)),
        (Augmentation(filter=0.5), RawFrontEnd()),
        (Augmentation(invert=0.5), RawFrontEnd()),
        (Augmentation(artifacts=1.0), RawFrontEnd()),
        (Augmentation(artifacts=1.0, filter=0.2), RawFrontEnd(standardize=True)),
        (Augmentation(image_shift=0.2), ImageFrontEnd(height=12, width=12)),
    ],
)
def test_each_augmentation_changes_batches_and_the_seed_decides_how(
    how: Augmentation, front_end: RawFrontEnd | LogMelFrontEnd | ImageFrontEnd
) -> None:
    def first(batches: Batches) -> augment.Floats:
        return next(batches.epoch(np.random.default_rng(5))).inputs

    plain, changed = first(_batches(Augmentation(), front_end)), first(_batches(how, front_end))
    assert changed.shape == plain.shape
    assert changed.dtype == np.float32
    assert np.abs(changed - plain).max() > 0.01
    np.testing.assert_array_equal(changed, first(_batches(how, front_end)))


def test_an_epoch_is_whole_batches_of_normalized_windows() -> None:
    batches = _batches(Augmentation(), RawFrontEnd())
    epoch = list(batches.epoch(_random()))
    assert [len(batch.inputs) for batch in epoch] == [16, 16, 16]
    together = np.concatenate([batch.inputs for batch in epoch])
    assert np.abs(together.mean(axis=(0, 1))).max() < 0.1
    assert np.abs(together.std(axis=(0, 1)) - 1).max() < 0.1


def test_a_constant_channel_is_not_divided_by_nothing() -> None:
    features = np.full((9, 4, 2), 3.0, np.float32)
    np.testing.assert_array_equal(Normalization.fit(features).apply(features), np.zeros_like(features))


@pytest.mark.parametrize(("how", "ratio"), [("none", 1.0), ("sqrt", 3.0), ("balanced", 9.0)])
def test_class_weights_lift_the_rare_class_and_average_to_one(how: str, ratio: float) -> None:
    labels = np.array([0] * 90 + [1] * 10, np.int32)
    weights = class_weights(labels, 3, how)
    assert weights[1] / weights[0] == pytest.approx(ratio)
    assert weights[labels].mean() == pytest.approx(1.0)


def test_smoothed_targets_are_distributions() -> None:
    targets = smooth(np.array([2, 0], np.int32), 4, 0.1)
    np.testing.assert_allclose(targets.sum(axis=1), 1.0, rtol=1e-6)
    assert targets[0, 2] == pytest.approx(0.925)


def test_a_standardized_window_that_wanders_is_standardized_again() -> None:
    how = Augmentation(wander=2.0, shift=0.1)
    batches = _batches(how, RawFrontEnd(standardize=True))
    random = np.random.default_rng(1)
    windows = batches.augmented(batches.features, random)
    physical = windows * batches.normalization.std + batches.normalization.mean
    np.testing.assert_allclose(physical.mean(1), 0, atol=1e-4)
    np.testing.assert_allclose(physical.std(1), 1, atol=1e-4)


def test_what_is_added_by_wandering_is_slow() -> None:
    batch = np.random.default_rng(1).normal(size=(40, 256, 2)).astype(np.float32)
    added = augment.wander(batch, 1.0, np.random.default_rng(2)) - batch
    power = np.square(np.abs(np.fft.rfft(added, axis=1)))
    assert power[:, :6].sum() > 0.95 * power.sum()
    assert 0.3 < added.std() < 1.2


def test_a_random_filter_changes_equal_shapes_of_a_window_alike() -> None:
    batch = np.zeros((50, 60, 2), np.float32)
    batch[:, [15, 40]] = 1.0
    changed = augment.refilter(batch, 0.5, _random())
    np.testing.assert_allclose(changed[:, 11:20], changed[:, 36:45], atol=1e-6)
    np.testing.assert_array_equal(changed[:, [*range(11), *range(20, 36), *range(45, 60)]], 0)
    shapes = changed[:, 11:20, 0] / np.abs(changed[:, 11:20, 0]).max(axis=1, keepdims=True)
    assert shapes.std(axis=0).min() > 0.05  # another one in each window
    assert abs(changed[:, 15].mean() - 1) < 0.25


def test_artifacts_are_as_large_as_the_window_moves_and_leave_a_still_one_alone() -> None:
    calm = np.random.default_rng(1).normal(size=(200, 90, 1)).astype(np.float32)
    batch = np.concatenate([calm, 100 * calm, np.ones_like(calm)], axis=2)
    added = augment.disturb(batch, 1.0, _random()) - batch
    small, large, none = (np.sqrt(np.square(added[:, :, column]).mean()) for column in range(3))
    assert 0.3 < small < 1.5
    assert 60 < large / small < 150
    assert none == 0
    assert (np.abs(added[:, :, 0]).max(axis=1) < 0.01).mean() > 0.05  # one in eight has no bump and no step


def test_a_share_of_windows_is_turned_upside_down() -> None:
    batch = _series()
    turned = augment.invert(batch, 0.5, _random())
    signs = (turned / batch)[:, 0, 0]
    np.testing.assert_array_equal(turned, batch * signs[:, None, None])
    assert set(np.unique(signs)) == {-1.0, 1.0}
    np.testing.assert_array_equal(augment.invert(batch, 0.0, _random()), batch)


def test_levels_that_are_leveled_stay_as_they_are() -> None:
    leveled = augment.level(_series() * 5, 12.0)
    np.testing.assert_array_equal(leveled.max(axis=(1, 2)), 0)
    assert leveled.min() == -12
    np.testing.assert_array_equal(augment.level(leveled, 12.0), leveled)


def test_changed_levels_are_those_of_the_changed_window() -> None:
    front_end = LogMelFrontEnd(frame=32, hop=16, bands=7, low_hz=0, high_hz=100, range=3.0)
    how = TrainingSettings(batch_size=40, augmentation=Augmentation(warp=0.2, stretch=0.2, tilt=0.5))
    features = augment.level(_series(), 3.0)
    plain = Normalization(np.zeros(7, np.float32), np.ones(7, np.float32))
    changed = Batches(features, np.zeros(40, np.int32), 2, plain, front_end, how, ()).augmented(features, _random())
    assert np.abs(changed - features).mean() > 0.1
    assert np.abs(changed.max(axis=(1, 2))).max() < 1, "the loudest stays near 0, at 0 but where bands are warped"
    assert changed.min() == -3
    tilted = TrainingSettings(batch_size=40, augmentation=Augmentation(tilt=0.5))
    heard = Batches(features, np.zeros(40, np.int32), 2, plain, front_end, tilted, ()).augmented(features, _random())
    np.testing.assert_array_equal(heard.max(axis=(1, 2)), 0)
    np.testing.assert_array_equal(heard[features == -3], -3)
