"""Run the goals in this folder, one after another, and write what came out beside them.

    python benchmarks/goals/run.py ../shared/data [name …] [-- options of `nanosmith run`]

Each goal names its data by file name in the folder given; archives are unpacked to a temporary folder first. The sealed
score and the figures of the device come from `run.json`; results.csv keeps one row a goal, replaced by the next run.
"""

import csv
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from whole_run import run_goal, share, unpack  # noqa: E402

COLUMNS = (
    "goal", "score", "metric", "floor", "board", "flash_bytes", "ram_bytes", "latency_ms", "status", "interval_low",
    "interval_high", "windows", "host_parity", "device_parity", "wall_s",
)  # fmt: skip


def main() -> None:
    arguments, _, options = " ".join(sys.argv[1:]).partition(" -- ")
    source, *names = arguments.split()
    for path in sorted(HERE.glob("*.yaml")):
        if not names or path.stem in names:
            row = measure(path.stem, yaml.safe_load(path.read_text()), Path(source), options.split())
            keep(row)
            print(", ".join(f"{key} {value}" for key, value in row.items()), flush=True)


def measure(name: str, entry: dict[str, Any], source: Path, options: list[str]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as scratch:
        data = unpack(source / entry["data"], Path(scratch))
        for column in entry.get("without", ()):
            leave_out(data / "index.csv", column)
        out = Path("runs") / f"bench-{name}-{time.time_ns() // 10**9}"
        run = run_goal(entry["goal"], data, entry["board"], out, options)
    found = next((m for m in (run["test"] or {"metrics": []})["metrics"] if m["name"] == entry["metric"]), None)
    device, parity = run["device"] or {}, run["parity"]
    return {
        "goal": name, "score": found and round(found["value"], 4), "metric": entry["metric"], "floor": entry["floor"],
        "board": entry["board"], "flash_bytes": device.get("flash_bytes"), "ram_bytes": device.get("ram_bytes"),
        "latency_ms": device and round(device["latency_ms"], 2), "status": run["status"],
        "interval_low": found and round(found["interval"]["low"], 4),
        "interval_high": found and round(found["interval"]["high"], 4), "windows": found and found["n"],
        "host_parity": share(parity["host"]), "device_parity": share(parity["device"]),
        "wall_s": round(run["usage"]["wall_s"]),
    }  # fmt: skip


def leave_out(index: Path, column: str) -> None:
    """A copy's index without one column: marks of a split that shares speakers, say, so that one by speaker is made."""
    with index.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    names = [name for name in rows[0] if name != column]
    with index.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, names, lineterminator="\n", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)


def keep(row: dict[str, Any]) -> None:
    path = HERE / "results.csv"
    rows = {old["goal"]: old for old in csv.DictReader(path.open())} if path.is_file() else {}
    rows[row["goal"]] = row
    with path.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows[name] for name in sorted(rows))


if __name__ == "__main__":
    main()
