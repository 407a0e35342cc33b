"""Every input that the fuzzers found worth keeping, again: an answer or a refusal, nothing else."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from fuzz_targets import TARGETS, seeds

CORPUS = Path(__file__).with_name("corpus")
KEPT = {name: sorted((CORPUS / name).iterdir()) for name in TARGETS}


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.filterwarnings("ignore")
def test_the_corpus_is_taken_or_refused(name: str) -> None:
    assert len(KEPT[name]) >= 10
    for content in seeds(name).values():
        TARGETS[name](content)
    for path in KEPT[name]:
        try:
            TARGETS[name](path.read_bytes())
        except BaseException:
            print("input:", path)  # noqa: T201  # pytest shows it with the failure
            raise
