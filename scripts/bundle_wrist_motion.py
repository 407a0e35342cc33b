"""Make examples/wrist_motion from the published recordings: a few of each subject, rounded, gzipped.

    python scripts/bundle_wrist_motion.py FOLDER

FOLDER holds `index.csv` (columns file, subject, split) and the CSV files that it names, as recorded. The same input
gives the same bytes: files are taken in the order of the index, and gzip headers carry no time and no name.
"""

import csv
import gzip
import io
import sys
from pathlib import Path

EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "wrist_motion"
PER_SUBJECT = 8
DECIMALS = 4


def main(source: Path) -> None:
    """Write the recordings and their index; README.md beside them is kept by hand."""
    with (source / "index.csv").open(newline="", encoding="utf-8") as stream:
        listed = list(csv.DictReader(stream))
    taken: dict[str, int] = {}
    rows = []
    for entry in listed:
        subject = entry["subject"]
        if taken.get(subject, 0) == PER_SUBJECT:
            continue
        taken[subject] = taken.get(subject, 0) + 1
        name = f"{entry['file']}.gz"
        target = EXAMPLE / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(_compressed(_rounded((source / entry["file"]).read_text(encoding="utf-8"))))
        rows.append([name, subject, entry["split"]])
    index = io.StringIO()
    csv.writer(index, lineterminator="\n").writerows([["file", "subject", "split"], *rows])
    (EXAMPLE / "index.csv").write_text(index.getvalue(), encoding="utf-8")


def _rounded(text: str) -> str:
    """Channels with four decimals; time stamps and labels as they are."""
    header, *body = list(csv.reader(io.StringIO(text)))
    kept = {header.index(name) for name in ("timestamp", "label")}
    lines = [header] + [
        [cell if column in kept else f"{float(cell):.{DECIMALS}f}" for column, cell in enumerate(row)] for row in body
    ]
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(lines)
    return out.getvalue()


def _compressed(text: str) -> bytes:
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=buffer, mtime=0) as stream:
        stream.write(text.encode())
    return buffer.getvalue()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
