"""The arena planner against brute force on small sets of blocks."""

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from nanosmith.tools.compiler.arena import ALIGNMENT, Block, Plan, Sharing, allows, plan_arena
from nanosmith.tools.compiler.step import Overlap


@st.composite
def problems(draw) -> tuple[list[Block], list[Sharing]]:
    """Up to five blocks with lifetimes in a chain of calls, some of which may share bytes."""
    blocks = []
    for i in range(draw(st.integers(1, 5))):
        first = draw(st.integers(-1, 4))
        blocks.append(Block(f"b{i}", 4 * draw(st.integers(1, 6)), first, first + draw(st.integers(0, 3))))
    sharings = []
    for a, b in itertools.permutations(range(len(blocks)), 2):
        if blocks[a].last == blocks[b].first and blocks[a].first < blocks[b].first and draw(st.booleans()):
            overlap = draw(
                st.sampled_from([Overlap(), Overlap(behind=4), Overlap(behind=5), Overlap(step=12, either_side=True)])
            )
            sharings.append(Sharing(a, b, overlap))
    return blocks, sharings


def is_valid(blocks: list[Block], sharings: list[Sharing], offsets: tuple[int, ...]) -> bool:
    rules = {(s.source, s.target): s.overlap for s in sharings}
    for a, b in itertools.combinations(range(len(blocks)), 2):
        if blocks[a].last < blocks[b].first or blocks[b].last < blocks[a].first:
            continue
        if offsets[a] + blocks[a].size <= offsets[b] or offsets[b] + blocks[b].size <= offsets[a]:
            continue
        forward, backward = rules.get((a, b)), rules.get((b, a))
        if forward is not None and allows(forward, offsets[a], offsets[b]):
            continue
        if backward is not None and allows(backward, offsets[b], offsets[a]):
            continue
        return False
    return True


def optimum(blocks: list[Block], sharings: list[Sharing], known: int) -> int:
    """Smallest total over every placement on the alignment grid; `known` is the total of one that exists."""
    best = known

    def place(offsets: tuple[int, ...], total: int) -> None:
        nonlocal best
        if len(offsets) == len(blocks):
            best = min(best, total)
            return
        size = blocks[len(offsets)].size
        for offset in range(0, best - size, ALIGNMENT):
            longer = (*offsets, offset)
            if is_valid(blocks[: len(longer)], sharings, longer):
                place(longer, max(total, offset + size))

    place((), 0)
    return best


@given(problem=problems())
@settings(max_examples=150, deadline=None, derandomize=True)
def test_a_plan_is_valid_and_no_smaller_than_its_bound(problem: tuple[list[Block], list[Sharing]]) -> None:
    blocks, sharings = problem
    plan = plan_arena(blocks, sharings)
    assert is_valid(blocks, sharings, plan.offsets)
    assert plan.total_bytes == max(o + b.size for o, b in zip(plan.offsets, blocks, strict=True))
    assert plan.lower_bound <= plan.total_bytes


@given(problem=problems())
@settings(max_examples=60, deadline=None, derandomize=True)
def test_small_plans_are_optimal(problem: tuple[list[Block], list[Sharing]]) -> None:
    blocks, sharings = problem
    plan = plan_arena(blocks, sharings)
    assert plan.total_bytes == optimum(blocks, sharings, plan.total_bytes)


def test_an_output_shares_the_memory_of_an_input_that_is_read_before() -> None:
    blocks = [Block("in", 100, -1, 0), Block("out", 60, 0, 1)]
    assert plan_arena(blocks, []).total_bytes == 160
    assert plan_arena(blocks, [Sharing(0, 1, Overlap())]) == Plan((0, 0), 100, 100)
    assert plan_arena(blocks, [Sharing(0, 1, Overlap(behind=8))]) == Plan((8, 0), 108, 108)
