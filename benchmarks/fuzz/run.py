"""Coverage-guided fuzzing of the readers that take bytes from strangers, with atheris (libFuzzer for Python).

    python benchmarks/fuzz/run.py tflite --seconds 600

A crash, a hang of 25 s or 2 GB of memory ends the search and leaves the input in the work folder. Afterwards
`--keep N` copies N of the inputs that reached something new into tests/fuzz/corpus/<target>/.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

CORPUS = Path(__file__).resolve().parents[2] / "tests" / "fuzz"
sys.path.insert(0, str(CORPUS))
LIMITS = ("-timeout=25", "-rss_limit_mb=2048", "-malloc_limit_mb=1024")


def child(target: str, arguments: list[str]) -> None:
    """LibFuzzer's own process."""
    import warnings

    import atheris

    warnings.simplefilter("ignore")
    with atheris.instrument_imports(include=["nanosmith", "scipy.io.wavfile", "PIL", "flatbuffers", "numpy.lib"]):
        from fuzz_targets import TARGETS

    atheris.Setup([sys.argv[0], *arguments], TARGETS[target])
    atheris.Fuzz()


def main() -> None:
    """Search, or keep a small corpus."""
    parser = argparse.ArgumentParser()
    parser.add_argument("target", choices=("tflite", "recordings", "json_text"))
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "nanosmith-fuzz")
    parser.add_argument("--keep", type=int, default=0)
    parser.add_argument("--keep-bytes", type=int, default=16_384, help="Largest input that is kept.")
    options = parser.parse_args()
    work = options.work / options.target
    found = work / "corpus"
    found.mkdir(parents=True, exist_ok=True)
    if options.keep:
        keep(found, CORPUS / "corpus" / options.target, options.keep, options.keep_bytes)
        return
    from fuzz_targets import seeds

    for name, content in seeds(options.target).items():
        (found / name).write_bytes(content)
    arguments = [str(found), f"-max_total_time={options.seconds}", f"-artifact_prefix={work}/", "-print_final_stats=1"]
    sys.exit(start(options.target, work, [*LIMITS, "-max_len=65536", *arguments]))


def keep(found: Path, kept: Path, count: int, limit_bytes: int) -> None:
    """Copy inputs of every size; each of those found reached something that none before it did."""
    kept.mkdir(parents=True, exist_ok=True)
    small = sorted((p for p in found.iterdir() if p.stat().st_size <= limit_bytes), key=lambda p: (p.stat().st_size, p))
    for path in small[:: max(1, len(small) // count)][:count]:
        shutil.copy(path, kept / path.name[:16])


def start(target: str, work: Path, arguments: list[str]) -> int:
    """One libFuzzer process; its log stays beside the corpus."""
    with (work / "log.txt").open("ab") as log:
        ended = subprocess.run(
            [sys.executable, __file__, "--child", target, *arguments], stdout=log, stderr=log, check=False
        )
    print(*(work / "log.txt").read_text(errors="replace").splitlines()[-12:], sep="\n")
    return ended.returncode


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(sys.argv[2], sys.argv[3:])
    else:
        main()
