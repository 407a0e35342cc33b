"""What was found and what was done about it, gathered while reading and merged into few sentences."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from nanosmith.tools.clean_text import clean_line
from nanosmith.tools.specs.data_profile import DataNote

_LIMIT = 60
_Severity = str


@dataclass
class _Finding:
    severity: _Severity
    total: int = 0
    files: list[str] = field(default_factory=list)
    line: int | None = None
    effect: str = ""


class Findings:
    """Collects notes; the same sentence about many files becomes one note that counts them."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], _Finding] = {}

    def add(
        self, severity: str, message: str, *, count: int = 0, file: str | None = None, line: int | None = None,
        effect: str = "",
    ) -> None:  # fmt: skip
        """Note `message`, in which `{n}` stands for `count` summed over all files; `effect` is on the result."""
        finding = self._found.setdefault((severity, message), _Finding(severity, effect=effect))
        finding.total += count
        if file is not None and file not in finding.files:
            finding.files.append(file)
        finding.line = line if len(finding.files) == 1 else None

    def info(
        self, message: str, *, count: int = 0, file: str | None = None, line: int | None = None, effect: str = ""
    ) -> None:
        """Worth knowing."""
        self.add("info", message, count=count, file=file, line=line, effect=effect)

    def repair(
        self, message: str, *, count: int = 0, file: str | None = None, line: int | None = None, effect: str = ""
    ) -> None:
        """Something was changed."""
        self.add("repair", message, count=count, file=file, line=line, effect=effect)

    def warning(
        self, message: str, *, count: int = 0, file: str | None = None, line: int | None = None, effect: str = ""
    ) -> None:
        """The result may suffer, or flatter."""
        self.add("warning", message, count=count, file=file, line=line, effect=effect)

    def notes(self) -> tuple[DataNote, ...]:
        """Warnings first, then repairs, then the rest; bounded."""
        rank = {"warning": 0, "repair": 1, "info": 2}
        ordered = sorted(self._found.items(), key=lambda item: rank[item[0][0]])
        notes = [_note(message, finding) for (_, message), finding in ordered]
        if len(notes) > _LIMIT:
            notes = [*notes[:_LIMIT], DataNote(severity="info", message=f"{len(notes) - _LIMIT} more notes left out")]
        return tuple(notes)


def merged(*parts: Iterable[DataNote]) -> tuple[DataNote, ...]:
    """Notes of several steps, warnings first, each once."""
    rank = {"warning": 0, "repair": 1, "info": 2}
    unique = dict.fromkeys(note for part in parts for note in part)
    return tuple(sorted(unique, key=lambda note: rank[note.severity]))


def _note(message: str, finding: _Finding) -> DataNote:
    text = message.replace("{n}", f"{finding.total:,}")
    single = finding.files[0] if len(finding.files) == 1 else None
    if len(finding.files) > 1:
        text = f"{text} ({len(finding.files):,} files, first {finding.files[0]})"
    severity = finding.severity
    return DataNote.model_validate(
        {
            "severity": severity,
            "message": clean_line(text, limit=600),
            "effect": clean_line(finding.effect, limit=300),
            "file": single,
            "line": finding.line,
        }
    )
