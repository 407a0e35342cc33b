"""All that is found out about a data set before anybody plans: profile, yardstick and the windows it was taken on."""

from dataclasses import dataclass, replace

from nanosmith.tools.data.baseline import baseline
from nanosmith.tools.data.findings import Findings, merged
from nanosmith.tools.data.leaks import find_leaks
from nanosmith.tools.data.number_profile import profile_numbers
from nanosmith.tools.data.profile import profile
from nanosmith.tools.data.recordings import DataSet
from nanosmith.tools.data.split import SplitSource
from nanosmith.tools.data.window_set import WindowSet
from nanosmith.tools.data.windows import cut, default_window
from nanosmith.tools.errors import DataError
from nanosmith.tools.specs.data_profile import NO_CLASS, Baseline, DataProfile

_MOST_WINDOWS = 20_000
"""About as many are cut here: the yardstick takes 2,000, the page a few of each class."""


@dataclass(frozen=True)
class Survey:
    """What is known of a data set, from its open part."""

    profile: DataProfile
    windows: WindowSet
    baseline: Baseline | None
    """None where no plain method could be tried; `no_baseline` says why."""

    no_baseline: str = ""


def survey(
    open_data: DataSet, sealed: DataSet, split_source: SplitSource, *, seed: int, number_wanted: bool = False
) -> Survey:
    """Profile the open part, look for leaks, cut default windows from it and score a plain method on them.

    Raises:
        DataError: No window can be cut.

    """
    found = profile(open_data, sealed, split_source)
    leaks = find_leaks(open_data, sealed, seed=seed)
    found = found.model_copy(update={"notes": merged(leaks, found.notes)})
    window = default_window(found)
    samples = sum(len(recording.samples) for recording in open_data.recordings)
    thin = 1 if open_data.kind == "image" else max(1, samples // window.hop // _MOST_WINDOWS)
    windows = cut(open_data, window, open_data.channels, open_data.classes, thin=thin)
    if number_wanted or open_data.classes == (NO_CLASS,):
        findings = Findings()
        numbers = profile_numbers(open_data, windows, findings, seed=seed)
        found = found.model_copy(update={"numbers": numbers, "notes": merged(findings.notes(), found.notes)})
    surveyed = Survey(found, windows, None)
    try:
        return replace(surveyed, baseline=baseline(windows, "macro_f1", seed))
    except DataError as error:
        return replace(surveyed, no_baseline=str(error))
