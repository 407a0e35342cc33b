"""Request, lock and journal of a run."""

import json
import multiprocessing
import os
import signal
import threading
import time
from pathlib import Path

import pytest

from nanosmith.graphs.events import Note
from nanosmith.graphs.journal import Journal
from nanosmith.graphs.request import RunRequest, hold_run, load_request, save_request
from nanosmith.graphs.run import _stop_on_interrupt
from nanosmith.graphs.services import Clock
from nanosmith.tools.errors import RunBusy, RunIncompatible, RunNotFound
from nanosmith.tools.specs.run import Usage

REQUEST = RunRequest(run="r", goal="g", data="d", mind="m")


def test_a_request_is_read_back(tmp_path: Path) -> None:
    save_request(tmp_path, REQUEST)
    assert load_request(tmp_path) == REQUEST


def test_a_missing_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunNotFound, match="holds no run"):
        load_request(tmp_path)


def test_a_run_of_another_graph_says_which_version_can_go_on(tmp_path: Path) -> None:
    save_request(tmp_path, REQUEST.model_copy(update={"graph_version": 99, "version": "9.9"}))
    with pytest.raises(RunIncompatible, match=r"nanosmith==9\.9"):
        load_request(tmp_path)


def test_a_newer_run_with_things_unknown_here_says_so_too(tmp_path: Path) -> None:
    newer = REQUEST.model_dump() | {"graph_version": 99, "version": "9.9\x1b[2J", "of_the_future": [1]}
    (tmp_path / "request.json").write_text(json.dumps(newer))
    with pytest.raises(RunIncompatible, match=r"nanosmith==9\.9") as told:
        load_request(tmp_path)
    assert "\x1b" not in str(told.value)


def test_a_run_of_another_version_with_the_same_graph_goes_on(tmp_path: Path) -> None:
    save_request(tmp_path, REQUEST.model_copy(update={"version": "0.0.1"}))
    assert load_request(tmp_path).version == "0.0.1"


def test_once_is_a_stop_and_twice_is_now() -> None:
    stop, said = threading.Event(), []
    with _stop_on_interrupt(stop, said.append):
        os.kill(os.getpid(), signal.SIGINT)
        assert stop.wait(5)
        assert "again: now" in said[0].message
        with pytest.raises(KeyboardInterrupt):
            _interrupt_and_wait()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def _interrupt_and_wait() -> None:
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(5)


def test_a_jump_of_the_clock_changes_no_time_of_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(before_s=100.0)
    monkeypatch.setattr(time, "time", lambda: 0.0)
    assert 100.0 <= clock.elapsed_s() < 200.0


def _hold_and_die(
    folder: str, ready: "multiprocessing.synchronize.Event", go: "multiprocessing.synchronize.Event"
) -> None:
    with hold_run(Path(folder)):
        ready.set()
        go.wait(30)
        os._exit(9)


def test_a_second_process_is_told_and_a_dead_one_lets_go(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    ready, go = context.Event(), context.Event()
    other = context.Process(target=_hold_and_die, args=(str(tmp_path), ready, go))
    other.start()
    assert ready.wait(30)
    with pytest.raises(RunBusy, match=str(other.pid)), hold_run(tmp_path):
        pass
    go.set()
    other.join(30)
    with hold_run(tmp_path):
        assert (tmp_path / "lock").read_text() == str(os.getpid())


def test_the_journal_skips_a_line_that_a_kill_cut_short(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.append(Note(message="one"), 0.0)
    with journal.path.open("ab") as stream:
        stream.write(b'{"at_s": 1, "event": {"kind": "no')
    journal.append(Note(message="two"), 2.0)
    assert [event.message for event in journal.read() if isinstance(event, Note)] == ["one", "two"]


def test_what_was_spent_is_kept(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    assert journal.load_usage() == Usage()
    journal.save_usage(Usage(calls=3, wall_s=1.5))
    assert journal.load_usage() == Usage(calls=3, wall_s=1.5)
