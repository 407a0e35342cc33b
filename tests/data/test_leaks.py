"""The leak alarm: fires on every planted trap, for the reason planted, and stays quiet on clean recordings."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from nanosmith.tools.data.leaks import find_leaks
from nanosmith.tools.data.recordings import DataSet, Recording
from nanosmith.tools.data.shortcuts import measures_level
from nanosmith.tools.data.split import split_off_test

SAMPLES = 600
Spoil = Callable[[NDArray[np.float32], int], NDArray[np.float32]]


def noise(seed: int, length: int = SAMPLES, channels: int = 1) -> NDArray[np.float32]:
    """Colored noise of a level of its own, as of a living source."""
    random = np.random.default_rng(seed)
    white = random.standard_normal((length + 8, channels))
    colored = white[8:] + 0.6 * white[4:-4] + 0.3 * white[:-8]
    return (colored * np.exp(0.4 * random.standard_normal())).astype(np.float32)


def clean_set(channel: str = "audio", *, each: int = 24, groups: int = 6, channels: int = 1) -> DataSet:
    recordings = tuple(
        Recording(
            name=f"{word}/{n}.wav", samples=noise(1000 * label + n, SAMPLES + 7 * (n % 11), channels), labels=None,
            label=label, group=f"s{n % groups}", source_rate_hz=8000.0,
        )
        for label, word in enumerate(("hum", "hiss"))
        for n in range(each)
    )  # fmt: skip
    names = (channel,) if channels == 1 else tuple(f"{channel}_{n}" for n in range(channels))
    return DataSet("audio", recordings, ("hum", "hiss"), names, 8000.0, "subject", ())


def spoiled(data: DataSet, spoil: Spoil) -> DataSet:
    changed = (replace(r, samples=spoil(r.samples, r.label)) for r in data.recordings)
    return replace(data, recordings=tuple(changed))


def leaks(data: DataSet) -> list[str]:
    opened, sealed, _ = split_off_test(data, seed=1)
    return [note.message for note in find_leaks(opened, sealed, seed=1)]


def test_clean_recordings_are_quiet() -> None:
    assert leaks(clean_set()) == []
    assert leaks(clean_set("vibration", channels=3)) == []


def clip(samples: NDArray[np.float32], label: int) -> NDArray[np.float32]:
    return np.clip(samples, -0.7 * samples.std(), None) if label else samples


def shift(samples: NDArray[np.float32], label: int) -> NDArray[np.float32]:
    return samples + np.float32(4.0 * label)


def one_level_a_class(samples: NDArray[np.float32], label: int) -> NDArray[np.float32]:
    return samples / samples.std() * np.float32(1.0 + label)


def pad(samples: NDArray[np.float32], label: int) -> NDArray[np.float32]:
    return samples if label else np.concatenate([samples[:200], np.zeros((len(samples) - 200, 1), np.float32)])


def lengthen(samples: NDArray[np.float32], label: int) -> NDArray[np.float32]:
    return samples[:300] if label else samples


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (clip, "the share of clipped samples"),
        (shift, "the offset (mean)"),
        (one_level_a_class, "the gain (level)"),
        (pad, "the share of silence"),
        (lengthen, "the length of the file"),
    ],
)
def test_a_class_that_its_recording_gives_away(spoil: Spoil, said: str) -> None:
    found = leaks(spoiled(clean_set(), spoil))
    assert any(message.startswith("leak:") and f"by {said} alone" in message for message in found), found


def test_a_class_that_its_sampling_rate_gives_away() -> None:
    data = clean_set()
    rated = tuple(replace(r, source_rate_hz=8000.0 + 8000.0 * r.label) for r in data.recordings)
    assert any("by the original sampling rate alone" in message for message in leaks(replace(data, recordings=rated)))


def test_an_offset_is_no_trap_where_the_mean_is_what_is_measured() -> None:
    assert leaks(spoiled(clean_set("acc_x"), shift)) == []
    assert leaks(spoiled(clean_set("power (W)"), shift)) == []
    assert measures_level("total_acc_x")
    assert not measures_level("audio")


@pytest.mark.parametrize("spoil", [shift, one_level_a_class])
def test_axes_of_a_motion_sensor_have_the_level_of_the_motion(spoil: Spoil) -> None:
    data = spoiled(clean_set("motion", channels=3), spoil)
    assert leaks(replace(data, channels=("x", "y", "z"))) == []
    assert any("alone" in message for message in leaks(data)), "the same of channels that nothing is known of"


def test_a_trait_that_changes_within_recordings_is_not_asked() -> None:
    """Both classes in every recording: what is set once a recording can't tell them apart."""
    random = np.random.default_rng(5)
    recordings = []
    for n in range(12):
        labels = (np.arange(SAMPLES) // 100 % 2).astype(np.int32)
        samples = (noise(n) + 6.0 * labels[:, None] * random.random()).astype(np.float32)
        recordings.append(Recording(f"{n}.csv", samples, labels, -1, f"s{n}"))
    data = DataSet("series", tuple(recordings), ("off", "on"), ("signal",), 50.0, "subject", ())
    assert leaks(data) == []


def test_few_recordings_prove_nothing() -> None:
    """Two groups a class may differ in offset by chance."""
    assert leaks(spoiled(clean_set(each=6, groups=2), shift)) == []


def copied(data: DataSet, copy: Callable[[NDArray[np.float32]], NDArray[np.float32]], *, marked: bool) -> DataSet:
    """The first recording of subject s0 a second time, under s5's name (and in the marked test)."""
    first = data.recordings[0]
    twin = replace(first, name="twin.wav", samples=copy(first.samples), group="s5")
    recordings = (*data.recordings, twin)
    if marked:
        recordings = tuple(replace(r, split="test" if r.group == "s5" else "train") for r in recordings)
    return replace(data, recordings=recordings)


COPIES: dict[str, Any] = {
    "whole": lambda x: x.copy(),
    "trimmed": lambda x: x[37:-50].copy(),
    "gain and offset": lambda x: (0.5 * x + 0.1).astype(np.float32),
    "rounded": lambda x: np.round(x, 2).astype(np.float32),
}


@pytest.mark.parametrize(
    "copy",
    [
        *COPIES.values(),
        lambda x: (x[80:] + 0.02 * x.std() * np.random.default_rng(1).standard_normal(x[80:].shape)).astype(np.float32),
    ],
    ids=[*COPIES, "noise and trim"],
)
def test_copies_in_two_parts_and_in_two_groups(copy: Any) -> None:
    across = leaks(copied(clean_set(), copy, marked=True))
    assert any("1 of 9 sealed recordings are copies" in message for message in across), across
    data = copied(clean_set(), copy, marked=True)
    opened = replace(data, recordings=tuple(r for r in data.recordings))
    sealed = replace(data, recordings=())
    inside = [note.message for note in find_leaks(opened, sealed, seed=1)]
    assert any("2 recordings of different subjects are copies" in message for message in inside), inside


def test_a_copy_within_one_group_is_no_leak() -> None:
    data = clean_set()
    twin = replace(data.recordings[0], name="twin.wav")
    assert leaks(replace(data, recordings=(*data.recordings, twin))) == []


def test_overlapping_windows_without_groups() -> None:
    """Windows cut with overlap and then shared out one by one: the commonest leak of all."""
    stream = noise(3, 4000, 3)
    recordings = tuple(
        Recording(f"window {n}", stream[n * 32 : n * 32 + 64], None, int(n * 32 // 400 % 2), f"window {n}")
        for n in range(120)
    )
    data = DataSet("windows", recordings, ("a", "b"), ("x", "y", "z"), None, None, ())
    assert any("share samples" in message for message in leaks(data))


def test_steps_ramps_and_idle_signals_are_not_copies() -> None:
    """A plug's power: flat, then on, then a straight line; two devices do so alike without being one."""
    shape = np.concatenate([np.full(200, 2.0), np.full(200, 900.0), np.linspace(900, 2, 100), np.tile([2.0, 4.0], 50)])
    recordings = tuple(
        Recording(f"{n}.csv", shape[:, None].astype(np.float32), None, n % 2, f"d{n}") for n in range(12)
    )
    data = DataSet("series", recordings, ("tv", "kettle"), ("power (W)",), 1.0, "device", ())
    assert [m for m in leaks(data) if "copies" in m] == []


def machines(own_noise: float, *, rate: float = 3200.0, bits: int | None = None, each: int = 16) -> DataSet:
    """Recordings of one machine at one speed, each begun at another moment and with noise of its own; two subjects."""
    shape = np.random.default_rng(7)
    sizes, phases = 0.2 + shape.random(8), 2 * np.pi * shape.random(8)
    recordings = []
    for n in range(each):
        random = np.random.default_rng(100 + n)
        turn = 2 * np.pi * 29.7 * (np.arange(5000) / rate + 0.25 * (n % 4) / 29.7)
        signal = sum(size * np.sin((k + 1) * turn + phase) for k, (size, phase) in enumerate(zip(sizes, phases)))  # noqa: B905
        signal = signal / np.std(signal) + own_noise * random.standard_normal(5000)
        if bits is not None:
            signal = np.round(signal * 2**bits / 8) * 8 / 2**bits
        part = "test" if n % 4 == 3 else "train"
        recordings.append(Recording(f"m{n}.csv", signal[:, None].astype(np.float32), None, n % 2, f"m{n}", part))
    return DataSet("series", tuple(recordings), ("a", "b"), ("vibration",), rate, "machine", ())


def copies(data: DataSet) -> list[str]:
    return [message for message in leaks(data) if "copies" in message]


@pytest.mark.parametrize(("own_noise", "bits"), [(0.003, None), (0.01, None), (0.03, None), (0.1, None), (0.02, 6)])
def test_recordings_of_a_machine_that_repeats_itself_are_no_copies(own_noise: float, bits: int | None) -> None:
    assert copies(machines(own_noise, bits=bits)) == []


@pytest.mark.parametrize(("length", "period"), [(256, 23.7), (512, 40.0), (1024, 107.7)])
def test_short_windows_of_a_machine_that_repeats_itself_are_no_copies(length: int, period: float) -> None:
    random = np.random.default_rng(0)
    sizes, phases = 0.2 + random.random(5), 2 * np.pi * random.random(5)
    recordings = []
    for n in range(240):
        turn = 2 * np.pi * (np.arange(length) / period + random.random())
        waves = [
            size * np.sin((k + 1) * turn + phase) for k, (size, phase) in enumerate(zip(sizes, phases, strict=True))
        ]
        samples = np.sum(waves, axis=0)[:, None] + 0.01 * random.standard_normal((length, 1))
        part = "test" if n % 40 >= 30 else "train"
        recordings.append(Recording(f"w{n}", samples.astype(np.float32), None, n % 2, f"m{n // 10}", part))
    data = DataSet("windows", tuple(recordings), ("a", "b"), ("vibration",), None, "machine", ())
    assert copies(data) == []


def test_without_looking_at_what_repeats_they_would_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nanosmith.tools.data.duplicates.unpredicted", lambda signal: None)
    assert copies(machines(0.003))


@pytest.mark.parametrize(
    "copy",
    [
        *COPIES.values(),
        lambda x: (-2 * x[80:] + 0.02 * np.random.default_rng(1).standard_normal(x[80:].shape)).astype(np.float32),
    ],
    ids=[*COPIES, "noise, gain and trim"],
)
@pytest.mark.parametrize("own_noise", [0.03, 0.1])
def test_copies_of_a_machine_that_repeats_itself_are_found(copy: Any, own_noise: float) -> None:
    data = machines(own_noise)
    twin = replace(data.recordings[3], name="twin.csv", group="m99", split="train",
                   samples=copy(data.recordings[3].samples))  # fmt: skip
    assert any(
        "1 of 4 sealed recordings" in found for found in copies(replace(data, recordings=(*data.recordings, twin)))
    )


def test_a_loop_in_two_recordings_is_a_copy() -> None:
    """The run that they share repeats within each, as in a machine; but it goes on for long."""
    data = clean_set()
    loop = np.tile(data.recordings[0].samples[:150], (4, 1))
    looped = [replace(r, samples=loop) if n in (0, 5) else r for n, r in enumerate(data.recordings)]
    opened = replace(data, recordings=tuple(looped))
    found = [note.message for note in find_leaks(opened, replace(data, recordings=()), seed=1)]
    assert any("2 recordings of different subjects" in message for message in found)


def test_copies_of_pictures() -> None:
    random = np.random.default_rng(2)
    pictures = [random.integers(0, 256, (12, 12, 1)).repeat(4, 0).repeat(4, 1).astype(np.uint8) for _ in range(20)]
    pictures[19] = np.clip(pictures[0].astype(int) // 2 + 20, 0, 255).astype(np.uint8)
    recordings = tuple(
        Recording(f"{n}.png", picture, None, n % 2, f"p{n}", "test" if n > 15 else "train")
        for n, picture in enumerate(pictures)
    )
    data = DataSet("image", recordings, ("a", "b"), ("gray",), None, "person", ())
    assert any("1 of 4 sealed pictures" in message for message in leaks(data))
    assert leaks(replace(data, recordings=recordings[:19])) == []


def test_a_class_of_one_group_is_told() -> None:
    data = clean_set()
    grouped = tuple(replace(r, group="s0" if r.label else r.group) for r in data.recordings)
    opened, _, source = split_off_test(replace(data, recordings=grouped), seed=1)
    assert source == "by recording"
    assert any("'hiss' comes from a single subject" in note.message for note in opened.notes)


def test_one_sealed_group_with_nearly_all_of_a_class_is_told() -> None:
    data = clean_set()
    kept = [r for r in data.recordings if r.label == 0 or r.group in ("s0", "s1")]
    marked = tuple(replace(r, split="test" if r.group in ("s1", "s2", "s3") else "train") for r in kept)
    opened, _, _ = split_off_test(replace(data, recordings=marked), seed=1)
    assert any("one sealed subject holds 100% of class 'hiss'" in note.message for note in opened.notes)
