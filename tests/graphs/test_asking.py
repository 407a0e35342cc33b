"""Where a run waits for its user: questions, approvals, notes; at a terminal, without one, and over a resume."""

import json
import os
import pty
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from rich.console import Console

from nanosmith.agents.builtin.mind import BuiltinMind
from nanosmith.graphs.asking import ApprovalSought, QuestionsAsked, Reply, Waiting
from nanosmith.graphs.commands.options import cache_folder
from nanosmith.graphs.events import Event
from nanosmith.graphs.request import RunRequest, save_request
from nanosmith.graphs.run import RunDriver
from nanosmith.graphs.steering import leave_note, read_notes
from nanosmith.graphs.trace_views import JsonView
from nanosmith.tools.errors import RunStopped, UsageError
from nanosmith.tools.specs.base import Status
from nanosmith.tools.specs.run import RunSummary

GOAL = "A wristband that tells rest, swing and shake apart, 20 kB of RAM."


@dataclass
class Scripted:
    """Replies in turn; when none is left the user leaves, and the run stops."""

    replies: list[Callable[[Waiting], Reply]]
    asked: list[Waiting] = field(default_factory=list)

    def respond(self, asked: Waiting, say: Callable[[Event], None]) -> Reply:
        self.asked.append(asked)
        if not self.replies:
            raise RunStopped("the user left")
        return self.replies.pop(0)(asked)


def drive(folder: Path, request: RunRequest, responder: Scripted) -> RunSummary:
    """Until the user leaves."""
    save_request(folder, request)
    with Path(os.devnull).open("w") as nowhere:
        driver = RunDriver(
            folder=folder, request=request, mind=BuiltinMind(), view=JsonView(Console(file=nowhere)),
            cache=cache_folder(), responder=responder,
        )  # fmt: skip
        return driver.drive()


def request(motion_folder: Path, **more: object) -> RunRequest:
    values = {"run": "r", "goal": GOAL, "data": str(motion_folder), "mind": "built-in engineer"}
    return RunRequest.model_validate(values | more)


def edited(**fields: object) -> Callable[[Waiting], Reply]:
    def reply(asked: Waiting) -> Reply:
        assert isinstance(asked, ApprovalSought)
        return Reply(approved=True, text=json.dumps(json.loads(asked.text) | fields))

    return reply


def test_an_answer_reaches_the_contract_and_a_resume_asks_only_what_is_open(
    motion_folder: Path, tmp_path: Path
) -> None:
    asking = request(motion_folder, approve=("plan",))
    first = Scripted([lambda asked: Reply(answers=("mps2_an385",))])
    summary = drive(tmp_path, asking, first)
    assert summary.status is Status.STOPPED
    assert "the user left" in summary.message
    assert "nanosmith resume" in summary.message
    question, approval = first.asked
    assert isinstance(question, QuestionsAsked)
    assert "board" in question.questions[0].text
    assert isinstance(approval, ApprovalSought)
    assert json.loads(approval.text)["board"] == "mps2_an385"

    second = Scripted([edited(board="no_such"), edited(title="Mine")])
    drive(tmp_path, asking.model_copy(update={"approve": ("plan",)}), second)
    assert [type(asked) for asked in second.asked][:2] == [ApprovalSought, ApprovalSought], "the answer was kept"
    assert isinstance(second.asked[1], ApprovalSought)
    assert "board: must be one of" in second.asked[1].fault


def test_without_a_terminal_questions_take_their_default_and_approval_waits(
    motion_folder: Path, tmp_path: Path
) -> None:
    done = nanosmith(
        tmp_path, "run", GOAL, "--data", str(motion_folder), "--approve", "plan", "--out", "run", "--plain"
    )
    assert done.returncode == 130, done.stderr
    assert "the stated defaults are taken" in done.stdout
    assert "by default: mps2_an386" in done.stdout
    assert "the plan waits for approval" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_the_terminal_asks_and_takes_the_answer(motion_folder: Path, tmp_path: Path) -> None:
    mine, theirs = pty.openpty()
    argv = ["run", GOAL, "--data", str(motion_folder), "--approve", "plan", "--out", "run", "--plain"]
    process = subprocess.Popen(
        [sys.executable, "-m", "nanosmith.graphs", *argv], cwd=tmp_path, stdin=theirs, stdout=theirs, stderr=theirs,
        env={**os.environ, "TERM": "dumb", "COLUMNS": "200"},
    )  # fmt: skip
    os.close(theirs)
    shown = read_until(mine, "Enter for mps2_an386:")
    os.write(mine, b"no_such_board\n")
    shown += read_until(mine, "Enter for mps2_an386:")
    os.write(mine, b"mps2_an385\n")
    shown += read_until(mine, "[yes/edit/no]")
    os.write(mine, b"no\n")
    shown += read_until(mine, None)
    assert process.wait(timeout=60) == 130
    os.close(mine)
    assert "question: Which board" in shown
    assert "is none of them" in shown
    assert '"board": "mps2_an385"' in shown
    assert "was not approved" in shown
    assert "nanosmith resume" in shown


@pytest.mark.parametrize("subjects", ["contract", "plan,everything"])
def test_only_what_can_be_approved_is_taken(subjects: str, motion_folder: Path, tmp_path: Path) -> None:
    done = nanosmith(tmp_path, "run", GOAL, "--data", str(motion_folder), "--approve", subjects)
    assert done.returncode == 2
    assert "--approve takes plan, firmware" in done.stderr


def test_notes_are_kept_in_order_cleaned_and_bounded(tmp_path: Path) -> None:
    assert read_notes(tmp_path) == ()
    assert leave_note(tmp_path, "  try an FFT \x1b[31mfront-end\n now ") == "try an FFT front-end now"
    for number in range(9):
        leave_note(tmp_path, f"note {number}")
    with (tmp_path / "steering.jsonl").open("ab") as stream:
        stream.write(b'{"no": "note"}\n"cut sho')
    assert read_notes(tmp_path) == tuple(f"note {number}" for number in range(1, 9))
    for wrong in ("", " \n", "x" * 501):
        with pytest.raises(UsageError):
            leave_note(tmp_path, wrong)


def test_steering_a_run_that_is_over_or_unknown_says_so(motion_folder: Path, tmp_path: Path) -> None:
    done = nanosmith(tmp_path, "steer", "nothing", "hello")
    assert done.returncode == 1
    assert "no run is called 'nothing'" in done.stderr
    folder = tmp_path / "over"
    save_request(folder, request(motion_folder))
    summary = RunSummary(run="over", version="0", status=Status.MET, goal=GOAL, mind="m")
    (folder / "run.json").write_text(summary.model_dump_json())
    done = nanosmith(tmp_path, "steer", str(folder), "hello")
    assert done.returncode == 1
    assert "has ended (met)" in done.stderr
    (folder / "run.json").unlink()
    done = nanosmith(tmp_path, "steer", str(folder), "more dropout, please")
    assert done.returncode == 0
    assert read_notes(folder) == ("more dropout, please",)


def nanosmith(cwd: Path, *argv: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "nanosmith.graphs", *argv], cwd=cwd, capture_output=True, text=True, timeout=300,
        check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip


def read_until(terminal: int, mark: str | None) -> str:
    """What the program shows up to `mark`; to its end where None."""
    shown = b""
    while mark is None or mark not in shown.decode(errors="replace"):
        try:
            piece = os.read(terminal, 4096)
        except OSError:  # the other side is closed
            break
        if not piece:
            break
        shown += piece
    text = shown.decode(errors="replace")
    assert mark is None or mark in text, text[-2000:]
    return text


def test_a_word_in_the_file_names_is_a_group_only_if_the_user_does_not_deny_it(
    motion_folder: Path, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    for person, name in enumerate(("anna", "bert", "cleo", "dora")):
        for take in range(3):
            shutil.copy(motion_folder / f"p{(3 * person + take) % 8}.csv", data / f"{name}_{take}.csv")
    answers = {"yes": "by group", "no": "by recording"}
    for answer, source in answers.items():
        leaving = Scripted([lambda asked, answer=answer: Reply(answers=(answer,))])  # type: ignore[misc]
        drive(tmp_path / answer, request(data, approve=("plan",)), leaving)
        asked = leaving.asked[0]
        assert isinstance(asked, QuestionsAsked)
        assert "'anna', 'bert', 'cleo', 'dora' in the file names" in asked.questions[0].text
        (found,) = (tmp_path / answer).rglob("*profile.json")
        assert json.loads(found.read_text())["split_source"] == source
