"""A whole run through a real HTTP endpoint whose model makes each typical mistake once; then the same run replayed."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from mistaken_engineer import MISTAKES, MistakenEngineer
from openai_server import OpenAiServer
from scripted_engineer import scripted_engineer

from nanosmith.tools.specs.run import RunSummary

KEY = "sk-secret-of-the-test"
GOAL = (
    "A wristband that tells rest, swing and shake apart, at least 20 % accuracy, 20 kB of RAM, 60 kB of flash, on a "
    "Cortex-M4. Send an alert when it is shaken."
)


@dataclass(frozen=True)
class Done:
    folder: Path
    status: int
    events: list[dict[str, Any]]
    stderr: str

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["kind"] == kind]

    @property
    def summary(self) -> RunSummary:
        return RunSummary.model_validate_json((self.folder / "run.json").read_bytes())

    def refusals(self) -> str:
        return "\n".join(f"{event['idea']}: {'; '.join(event['findings'])}" for event in self.of("candidate_refused"))


def nanosmith(folder: Path, data: Path, *more: str, **environment: str) -> Done:
    argv = ["run", GOAL, "--data", str(data), "--rounds", "3", "--candidates", "1", "--time-limit", "0", "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "nanosmith.graphs", *argv, "--out", str(folder), *more], capture_output=True, text=True,
        env={**os.environ, **environment}, timeout=900, check=False,
    )  # fmt: skip
    return Done(folder, done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("model")


@pytest.fixture(scope="module")
def engineer() -> MistakenEngineer:
    return MistakenEngineer()


@pytest.fixture(scope="module")
def run(motion_folder: Path, place: Path, engineer: MistakenEngineer) -> Done:
    with OpenAiServer(engineer, key=KEY) as server:
        return nanosmith(
            place / "live" / "run", motion_folder, "--record", str(place / "calls.jsonl"),
            NANOSMITH_LLM_BASE_URL=server.url, NANOSMITH_LLM_MODEL="tiny-test", NANOSMITH_LLM_API_KEY=KEY,
        )  # fmt: skip


@pytest.mark.slow
def test_every_mistake_was_made_and_the_firmware_is_proven_all_the_same(run: Done, engineer: MistakenEngineer) -> None:
    assert run.status == 0, run.stderr
    assert "Traceback" not in run.stderr
    for role, mistakes in MISTAKES.items():
        assert engineer.made[role] > len(mistakes), role
    assert run.summary.status == "met"
    assert run.summary.parity.device is not None
    assert run.summary.parity.device.holds


@pytest.mark.slow
@pytest.mark.parametrize(
    ("mistake", "said"),
    [
        ("import os", "it imports os"),
        ("# wrong shape", "4"),
        ("# no kernel", "SIN"),
        ("# too large", "flash budget"),
        ("# no Python", "does not parse in line 2"),
    ],
)
def test_a_network_that_can_not_be_is_refused_before_training_with_the_reason(
    run: Done, mistake: str, said: str
) -> None:
    lines = [line for line in run.refusals().splitlines() if line.startswith(f"mistake: {mistake}")]
    assert len(lines) == 1
    assert said in lines[0]
    assert len(run.of("trial_finished")) == 1, "only the good network was trained"


@pytest.mark.slow
def test_c_that_does_not_compile_goes_back_with_the_compilers_words(run: Done) -> None:
    first = run.of("build_finished")[0]["report"]
    assert not first["ok"]
    assert any("src/app.c" in error for error in first["errors"])
    assert run.of("build_finished")[-1]["report"]["ok"]


@pytest.mark.slow
def test_c_that_does_the_wrong_thing_is_found_by_its_rehearsal_and_mended(run: Done) -> None:
    wrong, right = (event["rehearsal"] for event in run.of("rehearsed"))
    assert "was due" in wrong["faults"][0]
    assert right["faults"] == []
    assert "alert: shake" in (run.folder / "firmware" / "src" / "app.c").read_text()
    assert [event["mend"] for event in run.of("application_written")][:3] == [0, 1, 2]


@pytest.mark.slow
def test_the_bill_and_nothing_secret_is_written_down(run: Done, place: Path) -> None:
    usage = run.summary.usage
    assert usage.calls == len((place / "calls.jsonl").read_text().splitlines()) - 1
    assert usage.input_tokens == 1000 * usage.calls
    assert usage.cost_usd is None, "an unknown price is unknown, never 0"
    written = [path for path in [*run.folder.rglob("*"), place / "calls.jsonl"] if path.is_file()]
    assert not [path for path in written if KEY.encode() in path.read_bytes()]


@pytest.mark.slow
def test_the_recording_gives_the_same_firmware_without_any_endpoint(
    run: Done, motion_folder: Path, place: Path
) -> None:
    again = nanosmith(place / "replayed" / "run", motion_folder, "--replay", str(place / "calls.jsonl"))
    assert again.status == 0, again.stderr
    assert again.summary.usage.calls == 0
    assert again.summary.mind.endswith("replayed")
    firmware = [path for path in (run.folder / "firmware").rglob("*") if path.is_file() and ".pio" not in path.parts]
    assert len(firmware) > 20
    for path in firmware:
        assert (again.folder / path.relative_to(run.folder)).read_bytes() == path.read_bytes(), path.name
    assert again.summary.test == run.summary.test
    assert again.summary.device == run.summary.device


def test_a_call_that_was_not_recorded_is_said_loudly(motion_folder: Path, tmp_path: Path) -> None:
    recording = tmp_path / "calls.jsonl"
    header = {"nanosmith_recording": 1, "model": "tiny-test", "models": {}, "repairs": 3, "calls": 8}
    recording.write_text(json.dumps(header) + "\n")
    done = nanosmith(tmp_path / "run", motion_folder, "--replay", str(recording))
    assert done.status == 1
    assert f"{recording} holds no call of the planner" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_at_a_cap_the_run_stops_in_order_and_delivers_the_best_so_far(motion_folder: Path, tmp_path: Path) -> None:
    with OpenAiServer(scripted_engineer) as server:
        done = nanosmith(
            tmp_path / "run", motion_folder, "--max-calls", "2",
            NANOSMITH_LLM_BASE_URL=server.url, NANOSMITH_LLM_MODEL="tiny-test",
        )  # fmt: skip
    assert len(server.requests) == 2
    assert done.status in (0, 3), done.stderr
    assert done.summary.stop == "calls"
    assert "calls of a language model for this run: used up" in done.of("verdict_given")[-1]["verdict"]["reason"]
    assert "takes its place" in done.of("application_written")[0]["notes"]
    assert done.summary.parity.device is not None
    assert done.summary.parity.device.holds
