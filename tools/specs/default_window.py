"""The window that a stream is cut into where the goal names none: a pure function of the data's profile.

Here, among the records, because the survey cuts such windows for the yardstick and the planner proposes them.
"""

from nanosmith.tools.specs.data_profile import DataProfile
from nanosmith.tools.specs.device_spec import WindowSpec

_LEAST_S, _MOST_S = 1.0, 2.56
"""Seconds of motion that tell an activity; the usual range in the literature (Banos et al. 2014, Sensors 14:6474)."""

_LEAST_SOUND_S = 0.25
"""A cough may be over in less than a second, and a window of which it is the smaller part isn't called one."""

_SOUND_EVENT_S = 1.0
"""Of a point in time in a sound: what is heard there, not when the next one follows."""

_EVENT_GAPS = 3.0
"""Windows around events reach beyond the events before and after, late ones too: what comes early is followed by a
pause, and both show."""

_EVENT_HOPS = 16
"""Answers a window: an event is then never farther from the middle than training has seen it."""

_EVENT_ROWS = 512
"""Samples from which on the hop is a multiple of 8, so that neighbors can be averaged."""

_LONGEST_GAP_S = 1.25
_WHOLE_CLIP_S = 10.0
_LONG_CLIP_S = 4.0
_SLOW_HZ = 10.0


def default_window(profile: DataProfile) -> WindowSpec:
    """The window to start from where a goal names none; from the rate and from how long one label lasts."""
    return _evenly(profile).model_copy(update={"longest_gap_us": profile.longest_gap_us})


def _evenly(profile: DataProfile) -> WindowSpec:
    if profile.kind == "image":
        return WindowSpec(length=1, hop=1, rate_hz=None)
    if profile.kind == "windows":
        length = max(1, profile.window_samples or 1)
        return WindowSpec(length=length, hop=length, rate_hz=profile.rate_hz)
    if profile.rate_hz is None:
        return WindowSpec(length=128, hop=64, rate_hz=None)
    rate = profile.rate_hz
    if profile.event_gap_s is not None:
        wanted = _EVENT_GAPS * min(profile.event_gap_s, _LONGEST_GAP_S) * rate
        if profile.kind == "audio":
            wanted = min(profile.event_gap_s, _SOUND_EVENT_S) * rate
        step = _EVENT_HOPS * (8 if wanted >= _EVENT_ROWS else 1)
        length = step * max(1, round(wanted / step))
        return WindowSpec(length=length, hop=length // _EVENT_HOPS, rate_hz=rate, around_events=True)
    if profile.labels_per_sample:
        least = _LEAST_SOUND_S if profile.kind == "audio" else _LEAST_S
        seconds = _segment_window_s(profile.typical_segment_s or _MOST_S, rate, least)
        length = max(8, 4 * -(-round(seconds * rate) // 4))
        return WindowSpec(length=length, hop=length // 2, rate_hz=rate)
    clip_s = profile.clip_s or _MOST_S
    if profile.kind == "audio":
        length = max(8, round(rate * (_neat(clip_s) if clip_s <= _WHOLE_CLIP_S else _LONG_CLIP_S)))
        return WindowSpec(length=length, hop=length, rate_hz=rate)
    if clip_s <= _LONG_CLIP_S or clip_s * rate <= 256:
        length = max(8, round(rate * clip_s))
        return WindowSpec(length=length, hop=length, rate_hz=rate)
    length = max(64, 4 * -(-round(_MOST_S * rate) // 4)) if rate >= _SLOW_HZ else 256
    return WindowSpec(length=length, hop=length // 2, rate_hz=rate)


def _neat(seconds: float) -> float:
    """Rounded to two digits: a window of 5 s, not of 5.001 s."""
    return float(f"{seconds:.2g}")


def _segment_window_s(segment_s: float, rate: float, least_s: float) -> float:
    if rate >= _SLOW_HZ:
        return min(_MOST_S, max(least_s, segment_s))
    return min(max(segment_s / 8, 16 / rate), 128 / rate)
