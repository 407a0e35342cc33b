"""The leak alarm: what would make a score better than the device will be."""

from nanosmith.tools.data.duplicates import point_out_duplicates
from nanosmith.tools.data.findings import Findings
from nanosmith.tools.data.recordings import DataSet
from nanosmith.tools.data.shortcuts import point_out_shortcuts
from nanosmith.tools.specs.data_profile import DataNote


def find_leaks(open_data: DataSet, sealed: DataSet, *, seed: int) -> tuple[DataNote, ...]:
    """Notes that begin with `leak:`; groups on both sides of a marked split are pointed out by the split itself.

    Copies are looked for in both parts together, shortcuts in the open part only.
    """
    findings = Findings()
    point_out_duplicates(open_data, sealed, findings)
    point_out_shortcuts(open_data, findings, seed=seed)
    return findings.notes()
