"""What was measured beside the peers: ratios by model, geometric means against the bars, what is worse than a peer."""

import math
from collections.abc import Iterable, Sequence

from rows import PEER, Key, Row

TFLM, AOT, TINY = "tflm-cmsis", "aot-cmsis", "tinyengine"
RATIOS = ("instructions", "ram_bytes", "flash_bytes", "flash_minus_constants_bytes")
SHORT = {"instructions": "instr", "ram_bytes": "RAM", "flash_bytes": "flash", "flash_minus_constants_bytes": "flash-c"}
INSTRUCTION_BARS = {
    "M0": (0.60, 0.45), "M3": (0.75, 0.55), "M4F": (0.65, 0.50), "M7": (0.65, 0.50), "M33": (0.65, 0.50),
    "M55": (0.80, 0.60),
}  # fmt: skip
"""Core → most that the geometric mean may be, and what is aimed at."""

BARS = {"ram_bytes": (0.60, 0.52), "flash_bytes": (0.55, 0.50), "flash_minus_constants_bytes": (0.20, 0.12)}
NO_WORSE = (*RATIOS, "stack_bytes", "init_instructions", "max_abs_diff")
STANDS_IN = {"M33": "M4F"}
"""Core without peers of its own → the one with the same instructions for int8 whose peers it is compared with."""


def print_table(rows: dict[Key, Row], peers: dict[Key, Row]) -> bool:
    """Print everything; True where every bar that can be checked is met."""
    ours = sorted((r for r in rows.values() if r.peer == PEER), key=lambda r: (r.core, r.preset, r.model))
    _print_rows(ours, peers)
    passed = _print_means(ours, peers)
    passed &= _print_worse(ours, peers)
    return passed & _print_tinyengine(rows, peers)


def _peer(peers: dict[Key, Row], row: Row, peer: str) -> Row | None:
    core = row.core if (row.model, peer, row.core, row.preset) in peers else STANDS_IN.get(row.core, row.core)
    return peers.get((row.model, peer, core, row.preset))


def _print_rows(ours: Iterable[Row], peers: dict[Key, Row]) -> None:
    print(
        f"\n{'model':28} {'core':4} {'preset':6} {'instructions':>13} {'flash':>8} {'flash-c':>8} {'RAM':>7} "
        f"{'stack':>6} {'init':>5} {'diff':>4}   instr/RAM/flash/flash-c to {TFLM}, to {AOT}"
    )
    for row in ours:
        head = f"{row.model:28} {row.core:4} {row.preset:6} "
        if not row.numbers:
            print(head + "refused by the compiler")
            continue
        n = row.numbers
        print(
            f"{head}{n['instructions']:13,} {n['flash_bytes']:8,} {n['flash_minus_constants_bytes']:8,} "
            f"{n['ram_bytes']:7,} {n['stack_bytes']:6,} {n['init_instructions']:5,} {n.get('max_abs_diff', '?'):>4}   "
            + ", ".join(_ratio_text(row, _peer(peers, row, p)) for p in (TFLM, AOT))
        )


def _ratio_text(row: Row, peer: Row | None) -> str:
    if peer is None or not peer.numbers:
        return "-"
    return "/".join(f"{row.numbers[c] / peer.numbers[c]:.2f}" for c in RATIOS)


def _print_means(ours: Sequence[Row], peers: dict[Key, Row]) -> bool:
    print(f"\nGeometric means of the ratios to {TFLM}, beside the bar (and the aim)")
    passed = True
    for core, preset in sorted({(r.core, r.preset) for r in ours}):
        group = [r for r in ours if (r.core, r.preset) == (core, preset)]
        pairs = [(r, p) for r in group if r.numbers and (p := _peer(peers, r, TFLM)) is not None]
        if not pairs:
            print(f"{core:4} {preset:4} no figures of {TFLM}")
            continue
        told = []
        for column in RATIOS:
            bar, aim = INSTRUCTION_BARS[core] if column == "instructions" else BARS[column]
            mean = math.exp(sum(math.log(r.numbers[column] / p.numbers[column]) for r, p in pairs) / len(pairs))
            passed &= mean <= bar
            verdict = "aim" if mean <= aim else "pass" if mean <= bar else "FAIL"
            told.append(f"{SHORT[column]} {mean:.3f} {verdict} ({bar:.2f}, {aim:.2f})")
        of = "" if pairs[0][1].core == core else f", peers on {pairs[0][1].core}"
        print(f"{core:4} {preset:4} " + "   ".join(told) + f"   {len(pairs)} of {len(group)} models{of}")
    return passed


def _print_worse(ours: Iterable[Row], peers: dict[Key, Row]) -> bool:
    worse = [
        f"  {row.model} {row.core} {row.preset} {column}: {row.numbers[column]:,} where {peer.numbers[column]:,}"
        for row in ours
        if row.numbers and (peer := _peer(peers, row, AOT)) is not None
        for column in NO_WORSE
        if row.numbers.get(column, 0) > peer.numbers[column]
    ]
    compared = sum(1 for r in ours if r.numbers and _peer(peers, r, AOT) is not None)
    print(f"\nNo worse than {AOT} in any column ({compared} rows compared): {'FAIL' if worse else 'pass'}")
    print("\n".join(worse), end="\n" if worse else "")
    return not worse


def _print_tinyengine(rows: dict[Key, Row], peers: dict[Key, Row]) -> bool:
    passed = True
    for peer in (p for p in peers.values() if p.peer == TINY):
        for preset in ("def", "O3"):
            row = rows.get((peer.model, PEER, peer.core, preset))
            if row is None or not row.numbers:
                continue
            behind = [c for c in RATIOS if row.numbers[c] >= peer.numbers[c]]
            passed &= not behind
            told = ", ".join(f"{SHORT[c]} {row.numbers[c]:,} to {peer.numbers[c]:,}" for c in RATIOS)
            print(f"Ahead of {TINY} ({peer.core} {peer.preset}) at {preset}: {'FAIL' if behind else 'pass'}: {told}")
    return passed
