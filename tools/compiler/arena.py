"""Places tensors and scratch memory in one arena by their lifetimes.

Blocks that are alive at the same time must not share bytes, except an input and an output of one kernel call whose
access order allows it (`Overlap`): after Blacher et al. and TFLite Micro's offline planners, "diagonal" overlap. The
search is first fit over many placing orders (sizes, lifetimes, then seeded random swaps); `lower_bound` says how far
from the optimum a plan can be.
"""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

from nanosmith.tools.compiler.step import Overlap

ALIGNMENT = 4
_SWAPS = 400
"""Random exchanges tried in the placing order; fewer where there are many blocks."""

_SWAP_WORK = 120_000
"""Bound on swaps × blocks²."""


@dataclass(frozen=True)
class Block:
    """Memory that is needed from one kernel call to another, both included."""

    name: str
    size: int
    """Bytes."""

    first: int
    """Call that writes it; -1 for the model's input."""

    last: int
    """Last call that reads it; the number of calls for the model's output."""


@dataclass(frozen=True)
class Sharing:
    """Block `source` may share bytes with block `target`, which is written while `source` is last read."""

    source: int
    target: int
    overlap: Overlap


@dataclass(frozen=True)
class Plan:
    """Where each block starts."""

    offsets: tuple[int, ...]
    total_bytes: int
    lower_bound: int
    """No plan can be smaller than this."""


def plan_arena(blocks: Sequence[Block], sharings: Sequence[Sharing]) -> Plan:
    """The smallest plan found; the same for the same blocks, always."""
    placer = _Placer(blocks, sharings)
    bound = lower_bound(blocks, sharings)
    orders = _orders(blocks)
    best = min((placer.place(order) for order in orders), key=lambda p: p[0])
    order = list(best[2])
    swaps = min(_SWAPS, _SWAP_WORK // max(1, len(blocks)) ** 2)
    chance = random.Random(1)  # noqa: S311 - a seeded search, no secret
    for _ in range(swaps if len(blocks) > 1 else 0):
        if best[0] <= bound:
            break
        i, j = chance.sample(range(len(order)), 2)
        order[i], order[j] = order[j], order[i]
        tried = placer.place(order)
        if tried[0] <= best[0]:
            best = tried
        else:
            order[i], order[j] = order[j], order[i]
    return Plan(best[1], best[0], bound)


def lower_bound(blocks: Sequence[Block], sharings: Sequence[Sharing]) -> int:
    """Most bytes that must exist at once during any call, sharing taken at its best."""
    bound = 0
    for call in sorted({b.first for b in blocks} | {b.last for b in blocks}):
        alive = {i for i, b in enumerate(blocks) if b.first <= call <= b.last}
        total = sum(_aligned(blocks[i].size) for i in alive)
        for target in sorted(alive):
            sources = [s for s in sharings if s.target == target and s.source in alive]
            if sources:
                total -= _saving(blocks, sources)
        bound = max(bound, total)
    return bound


def _saving(blocks: Sequence[Block], sources: Sequence[Sharing]) -> int:
    target = _aligned(blocks[sources[0].target].size)
    together = [_aligned(blocks[s.source].size) for s in sources]
    if len(sources) == 1 and not sources[0].overlap.either_side:
        behind = _aligned(sources[0].overlap.behind)
        return max(0, together[0] + target - max(behind + together[0], target))
    return min(target, sum(together))


def _aligned(size: int, step: int = ALIGNMENT) -> int:
    return -(-size // step) * step


def _orders(blocks: Sequence[Block]) -> list[list[int]]:
    indices = range(len(blocks))
    return [
        sorted(indices, key=lambda i: (-blocks[i].size, blocks[i].first)),
        sorted(indices, key=lambda i: (blocks[i].first, -blocks[i].size)),
        sorted(indices, key=lambda i: (-blocks[i].last, -blocks[i].size)),
        sorted(indices, key=lambda i: (-blocks[i].size * (blocks[i].last - blocks[i].first + 1), blocks[i].first)),
    ]


class _Placer:
    """First fit in a given order."""

    def __init__(self, blocks: Sequence[Block], sharings: Sequence[Sharing]) -> None:
        self.blocks = blocks
        self.rules = {(s.source, s.target): s.overlap for s in sharings}
        self.neighbors = [
            [j for j, b in enumerate(blocks) if j != i and a.first <= b.last and b.first <= a.last]
            for i, a in enumerate(blocks)
        ]

    def place(self, order: Sequence[int]) -> tuple[int, tuple[int, ...], tuple[int, ...]]:
        """Total bytes, offset of each block, the order itself."""
        offsets: dict[int, int] = {}
        for index in order:
            placed = [j for j in self.neighbors[index] if j in offsets]
            offsets[index] = min(
                c for c in self._candidates(index, placed, offsets) if self._fits(index, c, placed, offsets)
            )
        total = max((offsets[i] + _aligned(b.size) for i, b in enumerate(self.blocks)), default=0)
        return total, tuple(offsets[i] for i in range(len(self.blocks))), tuple(order)

    def _candidates(self, index: int, placed: Sequence[int], offsets: dict[int, int]) -> set[int]:
        found = {0}
        for j in placed:
            found.add(offsets[j] + _aligned(self.blocks[j].size))
            as_target = self.rules.get((j, index))
            if as_target is not None:
                step = math.lcm(as_target.step, ALIGNMENT)
                found.add(offsets[j] - _aligned(as_target.behind, step))
            as_source = self.rules.get((index, j))
            if as_source is not None:
                found.add(offsets[j] + _aligned(as_source.behind, math.lcm(as_source.step, ALIGNMENT)))
        return {c for c in found if c >= 0}

    def _fits(self, index: int, offset: int, placed: Sequence[int], offsets: dict[int, int]) -> bool:
        size = _aligned(self.blocks[index].size)
        for j in placed:
            other = offsets[j]
            if offset + size <= other or other + _aligned(self.blocks[j].size) <= offset:
                continue
            as_target, as_source = self.rules.get((j, index)), self.rules.get((index, j))
            if as_target is not None and allows(as_target, other, offset):
                continue
            if as_source is not None and allows(as_source, offset, other):
                continue
            return False
        return True


def allows(overlap: Overlap, source: int, target: int) -> bool:
    """Whether an output at offset `target` may share bytes with an input at offset `source`."""
    if (source - target) % overlap.step:
        return False
    return overlap.either_side or target <= source - overlap.behind
