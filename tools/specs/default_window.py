"""The window that a stream is cut into where the goal names none: a pure function of the data's profile."""

from nanosmith.tools.specs.data_profile import DataProfile
from nanosmith.tools.specs.device_spec import WindowSpec

_SAMPLES = 128
"""Long enough for a motion at 50 Hz, short enough for a microcontroller's RAM."""

_MIN_SAMPLES = 16
_MAX_SAMPLES = 2_048
"""Of a series; sound may be longer, since its front-end sums it up frame by frame."""

_SHORTEST_S = 1.0
"""Fast sensors still look at one second: a beat, a step, a turn."""

_SEGMENT_SHARE = 0.8
"""Of a typical stretch of one label, so that most windows hold one label only."""


def default_window(profile: DataProfile) -> WindowSpec:
    """Length and hop in samples: ready-made windows and pictures as they are, streams by rate and label length.

    Pictures count rows (their height); what was cut before is answered once a window, everything else twice.
    """
    if profile.image_shape is not None:
        height = profile.image_shape[0]
        return WindowSpec(length=height, hop=height, rate_hz=profile.rate_hz)
    if profile.window_samples:
        return WindowSpec(length=profile.window_samples, hop=profile.window_samples, rate_hz=profile.rate_hz)
    length = _audio_samples(profile) if profile.kind == "audio" else _series_samples(profile)
    return WindowSpec(length=length, hop=max(1, length // 2), rate_hz=profile.rate_hz)


def samples_per_recording(profile: DataProfile) -> float | None:
    """Mean length of a recording in samples; None where it isn't known."""
    if not profile.recordings:
        return None
    if profile.total_s and profile.rate_hz:
        return profile.total_s * profile.rate_hz / profile.recordings
    return sum(c.samples for c in profile.classes) / profile.recordings or None


def _series_samples(profile: DataProfile) -> int:
    rate, samples = profile.rate_hz, float(_SAMPLES)
    if rate is not None:
        samples = max(_SAMPLES, _SHORTEST_S * rate)
        if profile.typical_segment_s:
            samples = min(samples, _SEGMENT_SHARE * profile.typical_segment_s * rate)
    whole = samples_per_recording(profile)
    if whole is not None:
        samples = min(samples, whole)
    return _rounded(min(samples, _MAX_SAMPLES))


def _audio_samples(profile: DataProfile) -> int:
    """One second, or half as much again as a clip where clips are shorter; clips are padded to it."""
    rate = profile.rate_hz or 16_000.0
    whole = samples_per_recording(profile)
    seconds = 1.0 if whole is None else min(1.0, max(0.5, 1.5 * whole / rate))
    return _rounded(seconds * rate)


def _rounded(samples: float) -> int:
    """A multiple of four, so that front-ends and strides divide it."""
    return max(_MIN_SAMPLES, int(samples) // 4 * 4)
