from __future__ import annotations

from typing import Any

import pytest

from labelviz.tables.llm.replies import (
    FAILED,
    REFUSED,
    WAS_CUT,
    is_request,
    is_result,
    replies,
)


def openai(content: Any = "wet", finish: str = "stop", **message) -> dict[str, Any]:
    choice = {"index": 0, "finish_reason": finish, "message": {"content": content, **message}}
    body = {"model": "m-1", "choices": [choice]}
    return {"custom_id": "s1", "error": None, "response": {"status_code": 200, "body": body}}


def anthropic(kind: str = "succeeded", stop: str = "end_turn", **more) -> dict[str, Any]:
    content = [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "wet"}]
    message = {"model": "c-1", "stop_reason": stop, "content": content, **more}
    return {"custom_id": "s1", "result": {"type": kind, "message": message}}


def gemini(reason: str = "STOP") -> dict[str, Any]:
    parts = [{"text": "hm", "thought": True}, {"text": "wet"}]
    candidate = {"content": {"parts": parts}, "finishReason": reason}
    return {"key": "s1", "response": {"candidates": [candidate], "modelVersion": "g-1"}}


TOOL = [{"function": {"arguments": '{"label": "wet"}'}}]
RESPONSES = {
    "custom_id": "s1",
    "response": {"status_code": 200, "body": {
        "model": "m-1", "status": "completed", "output": [
            {"type": "reasoning"},
            {"type": "message", "content": [{"type": "output_text", "text": "wet"}]},
        ],
    }},
}  # fmt: skip


@pytest.mark.bad_input("P14")
@pytest.mark.parametrize(
    ("row", "model", "content", "problem"),
    [
        (openai(), "m-1", "wet", ""),
        (openai(None, "tool_calls", tool_calls=TOOL), "m-1", '{"label": "wet"}', ""),
        (openai("we", "length"), "m-1", "we", WAS_CUT),
        (openai("", "content_filter"), "m-1", "", REFUSED),
        (openai(None, refusal="I cannot"), "m-1", "", REFUSED),
        (RESPONSES, "m-1", "wet", ""),
        ({"custom_id": "s1", "error": None,
          "response": {"status_code": 400, "body": {"error": {"message": "long"}}}},
         "", "", FAILED),
        ({"custom_id": "s1", "response": None, "error": {"code": "expired"}}, "", "", FAILED),
        (anthropic(), "c-1", "wet", ""),
        (anthropic(stop="max_tokens"), "c-1", "wet", WAS_CUT),
        (anthropic(stop="refusal"), "c-1", "wet", REFUSED),
        ({"custom_id": "s1", "result": {"type": "canceled"}}, "", "", "the request was canceled"),
        ({"custom_id": "s1", "result": {"type": "errored", "error": {"message": "busy"}}}, "", "",
         FAILED),
        (gemini(), "g-1", "wet", ""),
        (gemini("SAFETY"), "g-1", "wet", REFUSED),
        (gemini("MAX_TOKENS"), "g-1", "wet", WAS_CUT),
        ({"id": "s1", "model": "m", "object": "chat.completion",
          "choices": [{"message": {"content": [{"type": "text", "text": "wet"}]}}]},
         "m", "wet", ""),
    ],
)  # fmt: skip
def test_what_came_back(row, model, content, problem):
    (reply,) = replies(row)
    assert (reply.sample, reply.model, reply.content, reply.problem) == (
        "s1",
        model,
        content,
        problem,
    )


def test_what_failed_says_why():
    row = {
        "custom_id": "s",
        "response": {"status_code": 429, "body": {"error": {"message": "busy"}}},
    }
    assert next(replies(row)).shown == "busy"


def test_several_choices_are_several_replies():
    row = openai()
    row["response"]["body"]["choices"].append({"index": 1, "message": {"content": "dry"}})
    assert [(each.choice, each.content) for each in replies(row)] == [(0, "wet"), (1, "dry")]


def test_log_probabilities_of_each_token():
    row = openai()
    row["response"]["body"]["choices"][0]["logprobs"] = {
        "content": [
            {"token": "w", "logprob": -0.1, "top_logprobs": [{"token": "d", "logprob": -2}]}
        ]
    }
    assert next(replies(row)).tokens == (("w", {"d": -2.0, "w": -0.1}),)


def test_results_and_requests_are_told_by_their_keys():
    assert is_result(["id", "custom_id", "response", "error"])
    assert is_result(["custom_id", "result"])
    assert is_result(["key", "response"])
    assert not is_result(["custom_id", "text", "label"])
    assert not is_result(["key", "text", "response"])
    assert is_request(["custom_id", "method", "url", "body"])
    assert is_request(["custom_id", "params"])
    assert not is_request(["custom_id", "text"])
