"""What a network will cost, estimated before it is built, so that few proposals fail their check.

Counted as the compiler will: int8 weights, a bias, a multiplier and a shift for each output channel, and the largest
sum of tensors that live at the same time. Measured trials correct the estimate of what comes on top.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import prod

from nanosmith.agents.builtin.design_space_network import Design
from nanosmith.agents.builtin.design_space_operations import front_end_instructions
from nanosmith.agents.builtin.diagnosis import limits
from nanosmith.agents.coder import CoderBrief, TrialDigest
from nanosmith.tools.specs.feature_memory import state_bytes
from nanosmith.tools.specs.front_end import FrontEnd
from nanosmith.tools.specs.time_grid import resampler_bytes

_CHANNEL_BYTES = 9
"""Bias, multiplier and shift of one output channel."""

_FLASH_BASE_BYTES = 18_000
"""Code of everything but the weights, before a trial has told better."""

_RAM_BASE_BYTES = 4_000
"""Stack, buffers and state of everything but arena and front-end, before a trial has told better."""

_INSTRUCTIONS_PER_MAC = 8.0
_BASE_INSTRUCTIONS = 20_000.0


@dataclass(frozen=True)
class Cost:
    """Estimates of one network and its front-end."""

    front_end: FrontEnd
    constants_bytes: int
    macs: int
    arena_bytes: int
    front_end_bytes: int


@dataclass(frozen=True)
class _Layer:
    weights: int
    channels: int
    macs: int
    live_bytes: int


def estimate(front_end: FrontEnd, design: Design, sample_shape: tuple[int, ...]) -> Cost:
    """Constants, multiplications and memory of a network, and of its front-end over windows of `sample_shape`."""
    layers = _dense_layers(design) if design.family in ("dense", "discriminant") else _conv_layers(design)
    kept = prod(design.input_shape) + design.members * design.classes if design.members > 1 else 0
    return Cost(
        front_end=front_end,
        constants_bytes=design.members * sum(layer.weights + _CHANNEL_BYTES * layer.channels for layer in layers),
        macs=design.members * sum(layer.macs for layer in layers),
        arena_bytes=max(layer.live_bytes for layer in layers) + kept,
        front_end_bytes=state_bytes(front_end, sample_shape),
    )


def overrun(cost: Cost, brief: CoderBrief, *, slack: float = 1.0) -> float:
    """The worst share of a limit that is used; at most 1 where the network should fit `slack` times the budget."""
    allowed = limits(brief.spec, brief.board)
    shares = [
        (_flash_base(brief.trials) + cost.constants_bytes) / max(1.0, slack * allowed["flash"]),
        (_ram_base(brief) + cost.arena_bytes + cost.front_end_bytes) / max(1.0, slack * allowed["ram"]),
    ]
    if "latency" in allowed:
        shares.append(latency_ms(cost, brief) / max(1e-9, slack * allowed["latency"]))
    return max(shares)


def latency_ms(cost: Cost, brief: CoderBrief) -> float:
    """Time for one answer: the front-end's, and what instructions measured networks took for their multiplications."""
    measured = [
        max(1.0, trial.device.instructions - _front_end(trial.front_end, brief)) / trial.macs
        for trial in brief.trials
        if trial.device is not None and trial.macs
    ]
    each = max(measured) if measured else _INSTRUCTIONS_PER_MAC
    network = each * cost.macs + (0.0 if measured else _BASE_INSTRUCTIONS)
    instructions = network + _front_end(cost.front_end, brief)
    return 1_000.0 * instructions / (brief.board.instructions_per_cycle * brief.board.clock_hz)


def _front_end(front_end: FrontEnd, brief: CoderBrief) -> float:
    window = brief.spec.window
    share = min(1.0, window.hop / window.length)
    return front_end_instructions(front_end, brief.sample_shape, brief.board, hop_share=share)


def _flash_base(trials: Sequence[TrialDigest]) -> float:
    measured = [trial.device.flash_bytes - trial.weights for trial in trials if trial.device is not None]
    return max(measured) if measured else _FLASH_BASE_BYTES


def _ram_base(brief: CoderBrief) -> float:
    measured = [
        trial.device.ram_bytes - trial.device.arena_bytes - state_bytes(trial.front_end, brief.sample_shape)
        for trial in brief.trials
        if trial.device is not None
    ]
    resampler = 0 if brief.spec.window.grid is None else resampler_bytes(brief.sample_shape[-1])
    return max(measured) if measured else _RAM_BASE_BYTES + resampler


def _dense_layers(design: Design) -> list[_Layer]:
    sizes = [prod(design.input_shape), design.stem, *(units for units, _ in design.blocks), design.classes]
    return [_Layer(i * o, o, i * o, i + o) for i, o in pairwise(sizes)]


def _conv_layers(design: Design) -> list[_Layer]:
    flat = design.family != "ds_cnn_2d"
    taps = design.kernel if flat else design.kernel**2
    height, width = design.input_shape[0], 1 if flat else design.input_shape[1]
    columns = 1 if not flat and not design.is_picture else design.input_shape[-1]
    layers: list[_Layer] = []

    def conv(size: int, inputs: int, outputs: int, stride: int) -> None:
        nonlocal height, width
        before = height * width * inputs
        height, width = -(-height // stride), -(-width // stride)
        weights = size * inputs * outputs
        layers.append(_Layer(weights, outputs, weights * height * width, before + height * width * outputs))

    def depthwise(channels: int, stride: int, beside: int) -> None:
        nonlocal height, width
        before = height * width * channels
        height, width = -(-height // stride), -(-width // stride)
        weights, after = taps * channels, height * width * channels
        layers.append(_Layer(weights, channels, taps * after, before + after + beside))

    conv(taps, columns, design.stem, design.stem_stride)
    channels = design.stem
    for filters, stride in design.blocks:
        if design.family == "cnn_1d":
            conv(taps, channels, filters, stride)
        else:
            beside = 0
            if design.family == "residual_1d":
                size = height, width
                conv(1, channels, filters, stride)
                beside = height * width * filters
                height, width = size
            depthwise(channels, stride, beside)
            conv(1, channels, filters, 1)
            if design.family == "residual_1d":
                depthwise(filters, 1, beside)
                conv(1, filters, filters, 1)
        channels = filters
    seen = channels if design.head == "pooled" else height * width * channels
    layers.append(_Layer(seen * design.classes, design.classes, seen * design.classes, seen * 2))
    return layers
