"""The statistics that the planner may know. Values and classes of the sealed part never enter them."""

from collections import Counter
from collections.abc import Sequence
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nanosmith.tools.data.columns import unit_of
from nanosmith.tools.data.findings import Findings, merged
from nanosmith.tools.data.recordings import DataSet
from nanosmith.tools.data.split import SplitSource
from nanosmith.tools.specs.data_profile import ChannelProfile, ClassProfile, DataProfile

_CLIPPED = 0.01
_FEW_GROUPS = 3
_SILENCE = 1e-3
"""60 dB under full scale."""


def profile(open_data: DataSet, sealed: DataSet, split_source: SplitSource) -> DataProfile:
    """Describe a data set by its open part; of the sealed part only length and number are told."""
    findings = Findings()
    channels = _channels(open_data, findings)
    recordings = open_data.recordings
    _point_out_silence(open_data, findings)
    first = recordings[0].samples
    lengths = Counter(len(r.samples) for r in recordings)
    has_groups = open_data.group_kind is not None
    open_groups = {r.group for r in recordings} if has_groups else set()
    if not has_groups:
        findings.warning(
            "no subjects, machines or sessions were found; if recordings share them, the test score will flatter. An "
            "index.csv with a column such as subject or session tells",
            effect="the score may be of known people or machines, not of new ones",
        )
    return DataProfile(
        kind=open_data.kind,
        recordings=len(recordings) + len(sealed.recordings),
        total_s=_total_s(open_data, sealed),
        rate_hz=open_data.rate_hz,
        longest_gap_us=None if open_data.grid is None else open_data.grid.longest_gap_us,
        channels=channels,
        classes=_classes(open_data),
        group_kind=open_data.group_kind,
        groups=tuple(sorted(open_groups)),
        sealed_groups=len({r.group for r in sealed.recordings}) if has_groups else 0,
        split_source=split_source,
        window_samples=max(lengths, key=lambda n: lengths[n]) if open_data.kind == "windows" else None,
        image_shape=None if open_data.picture_size is None else (*open_data.picture_size, first.shape[2]),
        labels_per_sample=any(r.labels is not None for r in recordings),
        typical_segment_s=_typical_segment(open_data),
        clip_s=_clip_length(open_data),
        event_gap_s=_event_gap(open_data),
        notes=merged(open_data.notes, findings.notes()),
    )


def _point_out_silence(data: DataSet, findings: Findings) -> None:
    """Clips padded with silence teach a class name for silence, and are tested on it as well."""
    if data.kind != "audio":
        return
    silent = [float(np.mean(np.abs(r.samples) < _SILENCE)) for r in data.recordings]
    padded = sum(share > 0.5 for share in silent)
    if padded:
        findings.warning(
            f"in {padded} of {len(silent)} clips more than half is silence; nothing was cut away, in training or in "
            "test, so windows of silence carry their clip's label",
            effect="a class may become a name for silence; the leak alarm tells when it does",
        )


def _total_s(open_data: DataSet, sealed: DataSet) -> float | None:
    if open_data.kind == "image" or open_data.rate_hz is None:
        return None
    return float(sum(len(r.samples) for part in (open_data, sealed) for r in part.recordings) / open_data.rate_hz)


def _classes(data: DataSet) -> tuple[ClassProfile, ...]:
    counts = np.array([r.class_counts(len(data.classes)) for r in data.recordings])
    if data.kind == "windows":
        counts = np.minimum(counts, 1)
    groups = np.array([r.group for r in data.recordings], dtype=object)
    return tuple(
        ClassProfile(
            name=name,
            recordings=int((counts[:, index] > 0).sum()),
            samples=int(counts[:, index].sum()),
            groups=len(set(groups[counts[:, index] > 0])),
        )
        for index, name in enumerate(data.classes)
    )


def _channels(data: DataSet, findings: Findings) -> tuple[ChannelProfile, ...]:
    profiles = []
    for column, name in enumerate(data.channels):
        pieces = [recording.samples[..., column].ravel() for recording in data.recordings if recording.samples.size]
        low, high = min(float(p.min()) for p in pieces), max(float(p.max()) for p in pieces)
        mean, std = _moments(pieces)
        clipped = 0.0 if low == high or data.kind == "image" else _clipped_share(pieces, low, high)
        if low == high:
            findings.warning(f"channel {name!r} never changes ({low:g}); it tells nothing")
        elif clipped > _CLIPPED:
            findings.warning(
                f"channel {name!r} stands at its extremes ({low:g} or {high:g}) for {clipped:.0%} of the time: it is "
                "clipped, or idle",
                effect="what lies beyond the sensor's range is lost, in training and on the device",
            )
        offset, gain = (None, None) if data.kind == "image" or low == high else _spreads(data, column)
        profiles.append(
            ChannelProfile(
                name=name, unit=unit_of(name), minimum=low, maximum=high, mean=mean,
                std=std, offset_spread=offset, gain_spread=gain, is_constant=low == high, clipped_fraction=clipped,
                missing=sum(recording.missing[column] for recording in data.recordings if recording.missing),
            )
        )  # fmt: skip
    return tuple(profiles)


def _spreads(data: DataSet, column: int) -> tuple[float | None, float | None]:
    """How far the groups' means lie apart, in deviations within a group, and how much their deviations differ (log)."""
    pieces: dict[str, list[NDArray[Any]]] = {}
    for recording in data.recordings:
        if recording.samples.size:
            pieces.setdefault(recording.group, []).append(recording.samples[..., column].ravel())
    means, deviations = np.array([_moments(of_group) for of_group in pieces.values()]).T
    moving = deviations[deviations > 0]
    if len(moving) < _FEW_GROUPS:
        return None, None
    return float(means.std() / sqrt(np.square(moving).mean())), float(np.log(moving).std())


def _moments(pieces: Sequence[NDArray[Any]]) -> tuple[float, float]:
    """Mean and standard deviation, one piece at a time: all of a channel may be more than the memory holds."""
    count = sum(len(piece) for piece in pieces)
    mean = sum(float(piece.sum(dtype=np.float64)) for piece in pieces) / count
    squares = sum(float(np.square(piece.astype(np.float64) - mean).sum()) for piece in pieces)
    return mean, sqrt(squares / count)


def _clipped_share(pieces: Sequence[NDArray[Any]], low: float, high: float) -> float:
    """Share of the samples that stand at an extreme value in runs of two or more."""
    total = 0
    for piece in pieces:
        for extreme in (low, high):
            at = piece == extreme
            neighbor = np.zeros_like(at)
            neighbor[1:] |= at[:-1]
            neighbor[:-1] |= at[1:]
            total += int((at & neighbor).sum())
    return total / sum(len(piece) for piece in pieces)


def _typical_segment(data: DataSet) -> float | None:
    """Median stretch of one label; in sounds of the class with the shortest ones, which is what is listened for."""
    lengths: dict[int, list[int]] = {}
    for recording in data.recordings:
        if recording.labels is None:
            continue
        edges = np.flatnonzero(np.diff(recording.labels)) + 1
        bounds = np.concatenate([[0], edges, [len(recording.labels)]])
        for label, length in zip(recording.labels[bounds[:-1]].tolist(), np.diff(bounds).tolist(), strict=True):
            if label >= 0:
                lengths.setdefault(label if data.kind == "audio" else 0, []).append(length)
    if not lengths or not data.rate_hz:
        return None
    return float(min(np.median(of_class) for of_class in lengths.values()) / data.rate_hz)


def _event_gap(data: DataSet) -> float | None:
    gaps = [np.diff(r.events.at) for r in data.recordings if r.events is not None]
    joined = np.concatenate(gaps) if gaps else np.empty(0)
    return float(np.median(joined) / data.rate_hz) if len(joined) and data.rate_hz else None


def _clip_length(data: DataSet) -> float | None:
    if (
        data.rate_hz is None
        or data.kind not in ("audio", "series")
        or any(r.labels is not None or r.events is not None for r in data.recordings)
    ):
        return None
    return float(np.percentile([len(r.samples) for r in data.recordings], 95) / data.rate_hz)
