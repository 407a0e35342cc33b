"""A million windows: read, survey, cut to disk, pick a training's share and walk through all; peak memory is told.

    python benchmarks/data/million.py FOLDER [--windows 1000000]

Sound clips of colored noise in two classes and twenty sessions are written into FOLDER/recordings
first, in a process of its own, and kept. The row for results.csv goes to standard output.
"""

import argparse
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from scipy.io import wavfile

LENGTH, HOP, RATE = 256, 128, 16_000
CLIP = 128_000
SESSIONS = 20


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--windows", type=int, default=1_000_000)
    parser.add_argument("--make", action="store_true")
    arguments = parser.parse_args()
    if arguments.make:
        make(arguments.folder / "recordings", arguments.windows)
        return
    argv = [sys.executable, __file__, str(arguments.folder), "--windows", str(arguments.windows), "--make"]
    subprocess.run(argv, check=True)
    measure(arguments.folder)


def make(root: Path, windows: int) -> None:
    clips = -(-windows // (CLIP // HOP - 1))
    rows = ["file,label,session"]
    root.mkdir(parents=True, exist_ok=True)
    for number in range(clips):
        random = np.random.default_rng(number)
        noise = random.standard_normal(CLIP + 1)
        tone = noise[1:] + (0.9 if number % 2 else -0.9) * noise[:-1]
        wavfile.write(root / f"{number:05}.wav", RATE, np.clip(3_000 * tone, -32_768, 32_767).astype(np.int16))
        rows.append(f"{number:05}.wav,{'hum' if number % 2 else 'hiss'},s{number // 2 % SESSIONS:02}")
    (root / "index.csv").write_text("\n".join(rows) + "\n")


def measure(folder: Path) -> None:
    from nanosmith.graphs.recordings import read_recordings
    from nanosmith.tools.data.survey import survey
    from nanosmith.tools.data.window_set import WindowSet
    from nanosmith.tools.data.windows import cut
    from nanosmith.tools.specs.device_spec import WindowSpec

    begun = time.monotonic()
    parts = read_recordings(folder / "recordings", seed=1)
    after_reading = peak_mb()
    found = survey(parts.open, parts.sealed, parts.split_source, seed=1)
    own = [own_mb()]
    window = WindowSpec(length=LENGTH, hop=HOP, rate_hz=float(RATE))
    counted = 0
    for name, part in (("open", parts.open), ("sealed", parts.sealed)):
        place = folder / name
        cut(part, window, part.channels, part.classes, into=place).save(place)
        stored = WindowSet.load(place)
        counted += len(stored)
        own.append(own_mb())
        if name == "open":
            share = stored.trainable()
            batch = np.asarray(stored.windows[share])
    size = sum((folder / name / "windows.npy").stat().st_size for name in ("open", "sealed"))
    print(
        "windows,recordings_mb,windows_mb,training_windows,peak_rss_reading_mb,peak_rss_mb,own_mb,wall_s,yardstick_macro_f1"
    )
    recordings = sum(r.samples.nbytes for part in (parts.open, parts.sealed) for r in part.recordings)
    yardstick = None if found.baseline is None else round(found.baseline.value, 3)
    seconds = round(time.monotonic() - begun)
    print(counted, recordings >> 20, size >> 20, len(batch), after_reading, peak_mb(), max(*own, own_mb()), seconds,
          yardstick, sep=",")  # fmt: skip


def own_mb() -> int:
    """Resident now, without mapped files, which the system may take back at any time."""
    status = Path("/proc/self/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("RssAnon"))) // 1024


def peak_mb() -> int:
    """Largest resident size of this process so far; mapped pages count."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    main()
