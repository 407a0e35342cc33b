"""Every fault of an endpoint, over real HTTP: mended, retried within bounds, or one clear error. Never a traceback."""

from pathlib import Path
from typing import Any

import pytest
from llm_briefs import briefs, coder_brief, critic_brief, make_mind, planner_brief
from openai_server import Fault, OpenAiServer
from scripted_engineer import scripted_engineer

from nanosmith.agents import llm_errors
from nanosmith.tools.errors import AgentOutputInvalid, LanguageModelError

STREAMING = pytest.mark.parametrize("streaming", [True, False], ids=["stream", "whole"])

MENDED: list[Fault] = [
    "rate_limit", "server_error", "drop", "html", "no_choices", "malformed_json", "wrong_schema", "refusal", "empty",
    "length", "no_json_schema", "think", "fenced", "prose", "content_filter",
]  # fmt: skip


@STREAMING
@pytest.mark.parametrize("fault", MENDED)
def test_one_fault_is_mended(fault: Fault, streaming: bool, tmp_path: Path) -> None:
    with OpenAiServer(scripted_engineer) as server:
        server.order([fault])
        mind = make_mind(server, tmp_path, streaming=streaming)
        brief = critic_brief()
        answer = mind.think(brief)
    assert brief.faults(answer) == ()
    assert answer.action == "accept"
    assert len(server.requests) == (1 if fault in {"think", "fenced"} else 2)


@pytest.mark.parametrize("fault", ["cut_stream", "error_in_stream", "drop_stream", "hang_stream"])
def test_a_stream_that_breaks_is_asked_for_again(fault: Fault, tmp_path: Path) -> None:
    with OpenAiServer(scripted_engineer) as server:
        server.order([fault, fault])
        mind = make_mind(server, tmp_path, timeout_s=0.5)
        answer = mind.think(coder_brief())
    assert len(answer.proposals) == 2
    assert len(server.requests) == 3
    assert len(mind.journal) == 1


def test_an_endpoint_without_json_schema_is_asked_by_tool_and_remembered(tmp_path: Path) -> None:
    with OpenAiServer(scripted_engineer, rejects={"no_json_schema"}) as server:
        mind = make_mind(server, tmp_path)
        for brief in briefs():
            mind.think(brief)
    assert [request.method for request in server.requests] == ["json_schema", "tool", "tool", "tool", "tool"]


@STREAMING
def test_an_endpoint_without_structure_is_asked_in_words(streaming: bool, tmp_path: Path) -> None:
    with OpenAiServer(scripted_engineer, rejects={"no_json_schema", "no_tools"}) as server:
        mind = make_mind(server, tmp_path, streaming=streaming)
        for brief in briefs():
            assert brief.faults(mind.think(brief)) == ()
    methods = [request.method for request in server.requests]
    assert methods == ["json_schema", "tool", "prompt", "prompt", "prompt", "prompt"]
    assert '"proposals"' in server.requests[3].body["messages"][-1]["content"]


FATAL: list[tuple[Fault, type[LanguageModelError], str, int]] = [
    ("key_invalid", llm_errors.KeyInvalid, "does not accept the key", 1),
    ("no_model", llm_errors.ModelUnknown, "no model 'tiny-test'", 1),
    ("context_too_long", llm_errors.ContextTooLong, "longer than the model takes", 1),
    ("rate_limit_long", llm_errors.RateLimited, "limits the rate", 1),
    ("quota", llm_errors.RateLimited, "quota", 2),
    ("server_error", llm_errors.EndpointFailing, "fails, 2 times", 2),
    ("drop", llm_errors.EndpointUnreachable, "no connection", 2),
    ("hang", llm_errors.EndpointUnreachable, "did not answer within 0.3 s, 2 times", 2),
    ("refusal", llm_errors.AnswerRefused, "I can't help with that", 2),
    ("empty", llm_errors.AnswerUnusable, "no content", 8),
    ("html", llm_errors.AnswerUnusable, "no usable answer in 8 calls", 8),
]


@STREAMING
@pytest.mark.parametrize(("fault", "kind", "message", "requests"), FATAL, ids=[row[0] for row in FATAL])
def test_a_lasting_fault_ends_in_one_clear_error(
    fault: Fault, kind: type[LanguageModelError], message: str, requests: int, streaming: bool, tmp_path: Path
) -> None:
    with OpenAiServer(scripted_engineer) as server:
        server.order([fault] * 50)
        mind = make_mind(server, tmp_path, streaming=streaming, timeout_s=0.3 if fault == "hang" else 5.0)
        with pytest.raises(kind, match=message):
            mind.think(critic_brief())
    # a refusal is dropped from streams by the client library, so it costs one call more to see it
    assert len(server.requests) == requests + (fault == "refusal" and streaming)
    assert len(mind.journal) == (2 if fault == "refusal" else 0)


@pytest.mark.parametrize("fault", ["malformed_json", "wrong_schema", "length", "prose"])
def test_answers_that_stay_invalid_end_after_the_repairs(fault: Fault, tmp_path: Path) -> None:
    with OpenAiServer(scripted_engineer) as server:
        server.order([fault] * 50)
        mind = make_mind(server, tmp_path, repairs=2)
        with pytest.raises(AgentOutputInvalid, match="after 2 repairs"):
            mind.think(planner_brief())
    assert len(server.requests) == 3


def test_nobody_there(tmp_path: Path) -> None:
    with OpenAiServer(scripted_engineer) as server:
        pass
    mind = make_mind(server, tmp_path)
    with pytest.raises(llm_errors.EndpointUnreachable, match=r"no connection to 127\.0\.0\.1:\d+"):
        mind.think(critic_brief())


def test_all_faults_in_a_row_stay_within_one_budget_of_calls(tmp_path: Path) -> None:
    faults: list[Fault] = ["html", "cut_stream", "empty", "malformed_json", "wrong_schema", "refusal", "prose"]
    with OpenAiServer(scripted_engineer) as server:
        server.order(faults)
        mind = make_mind(server, tmp_path, retries=0)
        answer = mind.think(critic_brief())
        assert answer.action == "accept"
        assert len(server.requests) == 8
        server.order([*faults, "empty"])
        with pytest.raises((AgentOutputInvalid, llm_errors.AnswerUnusable)):
            mind.think(critic_brief(0.95))
        assert len(server.requests) == 16


def test_the_key_is_in_no_message_and_no_file(tmp_path: Path) -> None:
    key = "sk-very-secret-0123456789"
    told: list[Any] = []
    with OpenAiServer(scripted_engineer, key="another") as server:
        mind = make_mind(server, tmp_path, api_key=key, on_text=lambda *text: told.append(text))
        with pytest.raises(llm_errors.KeyInvalid) as caught:
            mind.think(critic_brief())
        server.key = key
        mind.think(critic_brief())
    assert server.requests[0].key == key
    assert key not in str(caught.value)
    assert key not in repr(mind.settings)
    assert key not in mind.settings.model_dump_json()
    assert key not in str(told)
    assert all(key not in path.read_text() for path in tmp_path.rglob("*.json"))
