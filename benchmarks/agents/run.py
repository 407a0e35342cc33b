"""The score card of the agents: every goal of goals.yaml, with any mind, N times; raw rows and a table with intervals.

    python benchmarks/agents/run.py ../shared/data [--mind builtin|live|replay] [--seeds 1] [--only NAME …]
        [--recordings FOLDER] [-- options of `nanosmith run`]
    python benchmarks/agents/run.py --table

`live` thinks through the endpoint in NANOSMITH_LLM_* and keeps what is said in `--recordings`; `replay` needs no model.
Rows of results.csv are kept by goal, mind and seed, and replaced by the next run. Missing recordings are skipped.
"""

import argparse
import csv
import math
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from whole_run import run_goal, share, unpack  # noqa: E402

COLUMNS = (
    "goal", "board", "mind", "seed", "end_to_end", "contract_met", "score", "metric", "limit", "floor", "rounds",
    "calls", "tokens", "wall_s", "flash_bytes", "ram_bytes", "latency_ms", "device_parity", "rehearsal_faults", "why",
)  # fmt: skip
RESULTS = HERE / "results.csv"


def main() -> None:
    arguments, options = parse()
    if arguments.table:
        print("\n".join(table(read_rows())))
        return
    goals = yaml.safe_load((HERE / "goals.yaml").read_text())
    chosen = {name: goal for name, goal in goals.items() if not arguments.only or name in arguments.only}
    total, done = len(chosen) * arguments.seeds, 0
    for name, goal in chosen.items():
        source = arguments.data / goal["data"]
        for seed in range(1, arguments.seeds + 1):
            done += 1
            if not source.exists():
                print(f"[{done}/{total}] {name}: skipped, {source} is not there", flush=True)
                continue
            print(f"[{done}/{total}] {name}, seed {seed}", flush=True)
            row = measure(name, goal, source, seed, arguments, options)
            keep(row)
            print(", ".join(f"{key} {value}" for key, value in row.items() if value != ""), flush=True)
    print("\n".join(table(read_rows())))


def parse() -> tuple[argparse.Namespace, list[str]]:
    ours: list[str] = sys.argv[1:]
    options: list[str] = []
    if "--" in ours:
        at = ours.index("--")
        ours, options = ours[:at], ours[at + 1 :]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="?", help="folder with the recordings that goals.yaml names")
    parser.add_argument("--mind", choices=("builtin", "live", "replay"), default="builtin")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--recordings", type=Path, default=Path("recordings"))
    parser.add_argument("--table", action="store_true", help="only print the table of results.csv")
    found = parser.parse_args(ours)
    if found.data is None and not found.table:
        parser.error("name the folder with the recordings")
    return found, options


def measure(
    name: str, goal: dict[str, Any], source: Path, seed: int, arguments: argparse.Namespace, options: list[str]
) -> dict[str, Any]:
    env = dict(os.environ)
    recording = arguments.recordings / f"{name}-{seed}.jsonl"
    mind = {"live": ["--record", str(recording)], "replay": ["--replay", str(recording)]}.get(arguments.mind, [])
    if arguments.mind != "live":
        env = {key: value for key, value in env.items() if not key.startswith(("NANOSMITH_LLM_", "OPENAI_"))}
    out = Path("runs") / f"card-{name}-{arguments.mind}-{seed}"
    shutil.rmtree(out, ignore_errors=True)
    with tempfile.TemporaryDirectory() as scratch:
        data = unpack(source, Path(scratch))
        run = run_goal(
            goal["goal"], data, goal["board"], out, ["--seed", str(seed), "--yes", "--plain", *mind, *options], env
        )
    trace = out / "events.jsonl"
    rounds = trace.read_text().count('"kind":"verdict_given"') if trace.is_file() else 0
    return row_of(name, goal, seed, arguments.mind, run) | {"rounds": rounds}


def row_of(name: str, goal: dict[str, Any], seed: int, mind: str, run: dict[str, Any]) -> dict[str, Any]:
    """`end_to_end`: firmware was built, ran on the emulated board, and gave the host's bytes for every window."""
    spec, device, usage = run.get("spec") or {}, run.get("device") or {}, run.get("usage") or {}
    parity = (run.get("parity") or {}).get("device")
    metrics = (run.get("test") or {}).get("metrics", [])
    score = next((m["value"] for m in metrics if m["name"] == spec.get("metric")), None)
    end_to_end = bool(device) and parity is not None and parity["equal"] == parity["compared"]
    return {
        "goal": name, "board": goal["board"], "mind": mind, "seed": seed, "end_to_end": int(end_to_end),
        "contract_met": int(run.get("status") == "met"), "score": "" if score is None else round(score, 4),
        "metric": spec.get("metric", ""), "limit": spec.get("metric_limit", ""), "floor": goal["floor"],
        "calls": usage.get("calls", 0),
        "tokens": usage.get("input_tokens", 0) + usage.get("output_tokens", 0),
        "wall_s": round(usage.get("wall_s", 0.0)), "flash_bytes": device.get("flash_bytes", ""),
        "ram_bytes": device.get("ram_bytes", ""), "latency_ms": round(device["latency_ms"], 2) if device else "",
        "device_parity": share(parity), "rehearsal_faults": len((run.get("rehearsal") or {}).get("faults", [])),
        "why": "" if run.get("status") == "met" else run.get("message", "the run did not begin: see its error above"),
    }  # fmt: skip


def keep(row: dict[str, Any]) -> None:
    rows = {key_of(old): old for old in read_rows()}
    rows[key_of(row)] = row
    with RESULTS.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows[key] for key in sorted(rows))


def read_rows() -> list[dict[str, Any]]:
    if not RESULTS.is_file():
        return []
    with RESULTS.open() as stream:
        return list(csv.DictReader(stream))


def key_of(row: dict[str, Any]) -> tuple[str, str, int]:
    return row["mind"], row["goal"], int(row["seed"])


def table(rows: list[dict[str, Any]]) -> Iterable[str]:
    """Markdown: by mind, shares with Wilson's 95 % interval; then each goal."""
    yield "| mind | runs | end to end | contract met | at or over the floor | median s |"
    yield "|---|---|---|---|---|---|"
    for mind in sorted({row["mind"] for row in rows}):
        own = [row for row in rows if row["mind"] == mind]
        above = [row for row in own if row["score"] != "" and float(row["score"]) >= float(row["floor"])]
        walls = sorted(float(row["wall_s"]) for row in own)
        parts = [
            interval(sum(int(row["end_to_end"]) for row in own), len(own)),
            interval(sum(int(row["contract_met"]) for row in own), len(own)),
            interval(len(above), len(own)),
        ]
        yield f"| {mind} | {len(own)} | {' | '.join(parts)} | {walls[len(walls) // 2]:.0f} |"
    yield ""
    yield "| goal | board | mind | end to end | met | score (limit; floor) | flash | RAM | why not met |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for row in rows:
        score = f"{row['metric']} {row['score']} ({row['limit']}; {row['floor']})" if row["score"] != "" else "–"
        yield (
            f"| {row['goal']} | {row['board']} | {row['mind']} {row['seed']} | {yes(row['end_to_end'])} | "
            f"{yes(row['contract_met'])} | {score} | {row['flash_bytes']} | {row['ram_bytes']} | {row['why']} |"
        )


def yes(value: object) -> str:
    return "yes" if str(value) == "1" else "no"


def interval(hits: int, n: int) -> str:
    """Share with Wilson's score interval (1927) at 95 %."""
    z = 1.959964
    share_, spread = hits / n, z * math.sqrt(hits / n * (1 - hits / n) / n + z * z / (4 * n * n))
    middle, scale = share_ + z * z / (2 * n), 1 + z * z / n
    return f"{hits}/{n} ({max(0.0, (middle - spread) / scale):.2f}–{min(1.0, (middle + spread) / scale):.2f})"


if __name__ == "__main__":
    main()
