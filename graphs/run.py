"""Drive one run: from its request, or from wherever it was when its last process ended."""

import errno
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGINT, Signals, default_int_handler, getsignal, signal
from types import FrameType
from typing import Any, cast

from langchain_core.runnables import RunnableConfig
from langgraph.config import get_stream_writer
from langgraph.types import Command

from nanosmith.agents.llm import LlmMind
from nanosmith.agents.mind import Mind
from nanosmith.graphs.asking import WAITING
from nanosmith.graphs.caps import PAID_WORDS, paid_cap
from nanosmith.graphs.checkpoint import open_checkpointer
from nanosmith.graphs.events import EVENT, BillChanged, Event, Note, RunFinished, RunStarted
from nanosmith.graphs.forge import forge
from nanosmith.graphs.journal import Journal
from nanosmith.graphs.mending import mend_run
from nanosmith.graphs.report_data import gather
from nanosmith.graphs.request import RunRequest, hold_run
from nanosmith.graphs.responding import Responder
from nanosmith.graphs.services import Clock, Services
from nanosmith.graphs.state import RunState
from nanosmith.graphs.summary import REPORT, summarize
from nanosmith.graphs.trace_views import View
from nanosmith.tools.errors import DiskFull, NanosmithError, RunStopped
from nanosmith.tools.report.page import render_report
from nanosmith.tools.run_folder import RunFolder, write_atomic
from nanosmith.tools.sandbox import Sandbox
from nanosmith.tools.specs.base import Status
from nanosmith.tools.specs.run import RunSummary, Usage

_RECURSION_LIMIT = 1_000


@dataclass
class RunDriver:
    """One process's work on one run; `drive` may be called once."""

    folder: Path
    request: RunRequest
    mind: Mind
    view: View
    cache: Path
    responder: Responder
    mind_note: str = ""
    _state: RunState = field(default_factory=RunState, init=False)

    def drive(self) -> RunSummary:
        """Go on until the run ends, is stopped or fails; `run.json` says which.

        Raises:
            RunBusy: Another process drives this run.
            NanosmithError: An expected failure; the run stays resumable.

        """
        with hold_run(self.folder):
            self.journal = Journal(self.folder)
            spent = self.journal.load_usage()
            self.services = Services(
                folder=RunFolder(self.folder), mind=self.mind, sandbox=Sandbox(enforced=self.request.sandboxed),
                cache=self.cache, clock=Clock(before_s=spent.wall_s), spent_before=spent,
                training_slots=threading.BoundedSemaphore(self.request.limits.workers),
                approvals=frozenset(self.request.approve), asks=self.request.asks,
            )  # fmt: skip
            if isinstance(self.mind, LlmMind):
                self.mind.on_call = self._note_bill
                self.mind.cap = self._used_up
            with _stop_on_interrupt(self.services.stop, self._say):
                return self._guarded()

    def _guarded(self) -> RunSummary:
        try:
            self.services.prepare()
            self._stream()
        except RunStopped as stop:
            why = "stopped as asked" if self.services.stop.is_set() else str(stop)
            return self._close(Status.STOPPED, f"{why}; {_how_to_go_on(self.folder)}")
        except NanosmithError as error:
            self._close(Status.FAILED, str(error))
            raise
        except (OSError, sqlite3.Error) as error:
            if not _is_full(error):
                raise
            raise DiskFull(f"the disk is full ({error}); free some space, then {_resume(self.folder)}") from error
        status = Status(self._state["status"])
        return self._close(status, self._state.get("message", ""))

    def _stream(self) -> None:
        with open_checkpointer(self.folder / "checkpoint.sqlite") as saver:
            graph = forge().compile(checkpointer=saver)
            config: RunnableConfig = {
                "configurable": {"thread_id": self.request.run},
                # a thread for every branch and one in which LangGraph waits for events: without it nothing is shown
                # until a branch ends, and with a single thread nothing ever runs
                "max_concurrency": self.request.limits.candidates_per_round + 1,
                "recursion_limit": _RECURSION_LIMIT,
            }
            begun = graph.get_state(config)
            self._tell_start(resumed=bool(begun.values))
            # `next == ()` does not mean finished (it is also what a kill between two steps leaves): status does
            if begun.values.get("status"):
                self._state = cast(RunState, begun.values)
                return
            for mended in mend_run(cast(RunState, begun.values), self.services.folder):
                self._say(Note(severity="warning", message=mended))
            payload: RunState | Command[Any] | None = None if begun.values else self._first_state()
            while not self._state.get("status"):
                for mode, chunk in graph.stream(
                    payload, config, context=self.services, stream_mode=["custom", "values"], durability="sync"
                ):
                    self._take(mode, chunk)
                waiting = graph.get_state(config).interrupts
                payload = Command(resume={item.id: self._answer(item.value) for item in waiting}) if waiting else None

    def _answer(self, asked: Any) -> dict[str, Any]:
        """What the user says to an interrupt; a stop where it must not go on without one."""
        return self.responder.respond(WAITING.validate_python(asked), self._say).model_dump(mode="json")

    def _note_bill(self, _: Usage) -> None:
        """What a call cost is on disk before anything else happens, and shown."""
        usage = self.services.usage()
        self.journal.save_usage(usage)
        get_stream_writer()(BillChanged(usage=usage).model_dump(mode="json"))  # called in a node's thread

    def _used_up(self) -> str | None:
        cap = paid_cap(self.request.limits, self.services.usage())
        return None if cap is None else PAID_WORDS[cap]

    def _take(self, mode: str, chunk: Any) -> None:
        if mode == "custom":
            self._say(EVENT.validate_python(chunk))
            return
        self._state = cast(RunState, chunk)
        self._write_summary(Status.RUNNING, "at work")

    def _first_state(self) -> RunState:
        request = self.request
        return {
            "goal": request.goal, "data": request.data, "board": request.board,
            "limits": request.limits.model_dump(mode="json"),
        }  # fmt: skip

    def _tell_start(self, *, resumed: bool) -> None:
        request = self.request
        self._say(
            RunStarted(
                run=request.run, goal=request.goal, mind=self.mind.name, mind_note=self.mind_note,
                limits=request.limits, sandboxed=request.sandboxed, resumed=resumed,
            )
        )  # fmt: skip

    def _say(self, event: Event) -> None:
        self.journal.append(event, self.services.clock.elapsed_s())
        self.view.show(event)

    def _close(self, status: Status, message: str) -> RunSummary:
        summary = self._write_summary(status, message)
        if status in (Status.MET, Status.NOT_MET):
            others = tuple(
                artifact for artifact in summary.artifacts if artifact.path != REPORT
            )  # it can't hold itself
            summary = summary.model_copy(update={"artifacts": others})
            data = gather(summary, self._state, self.services, sandboxed=self.request.sandboxed)
            write_atomic(self.folder / REPORT, render_report(data).encode())
            summary = self._write_summary(status, message)  # now with the page among its artifacts
        self._say(
            RunFinished(
                status=status, message=message, contract=summary.contract, usage=summary.usage,
                folder=str(self.folder),
            )
        )  # fmt: skip
        return summary

    def _write_summary(self, status: Status, message: str) -> RunSummary:
        usage = self.services.usage()
        self.journal.save_usage(usage)
        summary = summarize(
            self.request, self._state, self.services.folder, usage, status=status, message=message
        )  # fmt: skip
        write_atomic(self.folder / "run.json", (summary.model_dump_json(indent=1) + "\n").encode())
        return summary


def _is_full(error: Exception) -> bool:
    return getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT) or "disk is full" in str(error)


def _resume(folder: Path) -> str:
    return f"`nanosmith resume {folder}` goes on"


def _how_to_go_on(folder: Path) -> str:
    return f"`nanosmith resume {folder}` goes on, `nanosmith finish {folder}` builds the best so far"


@contextmanager
def _stop_on_interrupt(stop: threading.Event, say: Any) -> Iterator[None]:
    """Ctrl-C once: stop at the next safe point. Twice: now."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def on_interrupt(number: int, frame: FrameType | None) -> None:
        if stop.is_set():
            default_int_handler(number, frame)
        stop.set()
        say(Note(severity="warning", message=f"{Signals(number).name}: stopping at the next safe point; again: now"))

    before = getsignal(SIGINT)
    signal(SIGINT, on_interrupt)
    try:
        yield
    finally:
        signal(SIGINT, before)
