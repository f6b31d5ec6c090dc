"""What came back for each request: the envelopes of OpenAI, Anthropic and Gemini batches."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

RESULTS = ("response", "error", "result", "choices", "candidates", "output")
IDS = ("custom_id", "key", "request_id", "recordId", "id")
FINISHED = ("stop", "end_turn", "stop_sequence", "tool_calls", "tool_use", "function_call", "STOP",
            "completed")  # fmt: skip
CUT = ("length", "max_tokens", "MAX_TOKENS", "max_output_tokens")
FAILED, NO_REPLY = "the request failed", "the results hold no answer to it"
WAS_CUT = "the answer was cut at the limit of tokens"
REFUSED = "the model refused, or a filter stopped it"


@dataclass(frozen=True)
class Reply:
    """One answer to one request, or why there is none.

    Parameters
    ----------
    sample : the id that the request had.
    model : who answered; empty where nobody did.
    content : what was answered, as text.
    problem, shown : why this answer cannot be used, and what says so.
    tokens : of each token its text and the log-probabilities of the likeliest ones in its place.
    choice : which of several answers to one request it is.
    """

    sample: str
    model: str = ""
    content: str = ""
    problem: str = ""
    shown: str = ""
    tokens: tuple[tuple[str, Mapping[str, float]], ...] = ()
    choice: int = 0


def is_result(names: Sequence[str]) -> bool:
    """Whether a file with these keys holds results of an LLM."""
    keys = set(names)
    identified = bool(keys & {"custom_id", "key"})
    if {"recordId", "modelOutput"} <= keys:
        return True
    return (identified and bool(keys & {"response", "result", "error"}) and "text" not in keys) or (
        {"choices", "model", "object"} <= keys or {"candidates", "usageMetadata"} <= keys
    )


def is_request(names: Sequence[str]) -> bool:
    """Whether a file with these keys holds the requests of a batch."""
    keys = set(names)
    batch = "custom_id" in keys and ({"method", "body"} <= keys or "params" in keys)
    return batch or {"key", "request"} <= keys


def replies(row: Mapping[str, Any]) -> Iterator[Reply]:
    """Every answer in one row of a results file."""
    sample = next((str(row[name]) for name in IDS if row.get(name) not in (None, "")), "")
    for reply in _of_row(row):
        yield Reply(
            sample, reply.model, reply.content, reply.problem, reply.shown[:200], reply.tokens,
            reply.choice,
        )  # fmt: skip


def _of_row(row: Mapping[str, Any]) -> Iterator[Reply]:
    result, response = row.get("result"), row.get("response") or row.get("modelOutput")
    if isinstance(result, Mapping):
        yield from _anthropic(result)
    elif row.get("error"):
        yield _failed(row["error"])
    elif isinstance(response, Mapping) and "status_code" in response:
        yield from _openai_batch(response)
    else:
        yield from _body(response if isinstance(response, Mapping) else row)


def _openai_batch(response: Mapping[str, Any]) -> Iterator[Reply]:
    body = response.get("body")
    body = body if isinstance(body, Mapping) else {}
    if response.get("status_code") != 200 or body.get("error"):
        yield _failed(body.get("error") or f"status {response.get('status_code')}")
    else:
        yield from _body(body)


def _body(body: Mapping[str, Any]) -> Iterator[Reply]:
    """What a model says: chat completions, responses, messages or candidates."""
    if isinstance(body.get("choices"), list):
        yield from (_choice(each, body) for each in body["choices"])
    elif isinstance(body.get("candidates"), list):
        yield from (_candidate(each, body) for each in body["candidates"])
    elif isinstance(body.get("output"), list):
        yield _responses(body)
    elif isinstance(body.get("content"), list):
        yield from _anthropic({"type": "succeeded", "message": body})
    elif body.get("promptFeedback"):
        yield Reply("", problem=REFUSED, shown=_text(body["promptFeedback"]))
    else:
        yield _failed(body.get("error") or body.get("status") or "it holds no answer")


def _choice(choice: Any, body: Mapping[str, Any]) -> Reply:
    message = choice.get("message") or {}
    model, at = str(body.get("model") or ""), int(choice.get("index") or 0)
    if message.get("refusal"):
        return Reply("", model, problem=REFUSED, shown=str(message["refusal"]), choice=at)
    content = message.get("content")
    if isinstance(content, list):
        content = "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    calls = message.get("tool_calls") or []
    if not content and calls:
        content = str((calls[0].get("function") or {}).get("arguments") or "")
    content = str(content or choice.get("text") or "")
    problem, shown = _finish(choice.get("finish_reason"))
    return Reply("", model, content, problem, shown, _logprobs(choice.get("logprobs")), at)


def _responses(body: Mapping[str, Any]) -> Reply:
    """OpenAI's `/v1/responses`."""
    model = str(body.get("model") or "")
    parts = [
        part
        for item in body["output"]
        if isinstance(item, dict) and item.get("type") == "message"
        for part in item.get("content") or []
    ]
    refusal = next((p for p in parts if p.get("type") == "refusal"), None)
    if refusal is not None:
        return Reply("", model, problem=REFUSED, shown=str(refusal.get("refusal", "")))
    texts = [str(p.get("text", "")) for p in parts if p.get("type") == "output_text"]
    calls = [i for i in body["output"] if i.get("type") == "function_call"]
    content = "".join(texts) or (str(calls[0].get("arguments") or "") if calls else "")
    why = (body.get("incomplete_details") or {}).get("reason")
    problem, shown = _finish(why if body.get("status") == "incomplete" else "stop")
    return Reply("", model, content, problem, shown)


def _anthropic(result: Mapping[str, Any]) -> Iterator[Reply]:
    message = result.get("message")
    if result.get("type") != "succeeded" or not isinstance(message, Mapping):
        kind = str(result.get("type") or "")
        error = result.get("error") or kind
        yield Reply("", problem=FAILED if kind == "errored" else f"the request was {kind}",
                    shown=_text(error))  # fmt: skip
        return
    blocks = [each for each in message.get("content") or [] if isinstance(each, dict)]
    texts = [str(each.get("text", "")) for each in blocks if each.get("type") == "text"]
    used = [each.get("input") for each in blocks if each.get("type") == "tool_use"]
    content = json.dumps(used[0], ensure_ascii=False) if used else "".join(texts)
    problem, shown = _finish(message.get("stop_reason"))
    yield Reply("", str(message.get("model") or ""), content, problem, shown)


def _candidate(candidate: Any, body: Mapping[str, Any]) -> Reply:
    parts = (candidate.get("content") or {}).get("parts") or []
    content = "".join(str(p.get("text", "")) for p in parts if not p.get("thought"))
    calls = [
        p["functionCall"].get("args") for p in parts if isinstance(p.get("functionCall"), dict)
    ]
    content = content or (json.dumps(calls[0], ensure_ascii=False) if calls else "")
    problem, shown = _finish(candidate.get("finishReason"))
    model = str(body.get("modelVersion") or body.get("model") or "gemini")
    return Reply("", model, content, problem, shown, choice=int(candidate.get("index") or 0))


def _finish(reason: Any) -> tuple[str, str]:
    """Why an answer that ended so cannot be used; nothing where it can."""
    if reason is None or reason in FINISHED:
        return "", ""
    return (WAS_CUT if reason in CUT else REFUSED), str(reason)


def _logprobs(found: Any) -> tuple[tuple[str, Mapping[str, float]], ...]:
    listed = found.get("content") if isinstance(found, Mapping) else None
    tokens = []
    for each in listed or []:
        likeliest = {str(t.get("token")): float(t.get("logprob", -9999.0))
                     for t in each.get("top_logprobs") or []}  # fmt: skip
        likeliest.setdefault(str(each.get("token")), float(each.get("logprob", -9999.0)))
        tokens.append((str(each.get("token")), likeliest))
    return tuple(tokens)


def _failed(error: Any) -> Reply:
    return Reply("", problem=FAILED, shown=_text(error))


def _text(error: Any) -> str:
    if isinstance(error, Mapping):
        inner = error.get("message") or error.get("error") or error.get("code")
        return _text(inner) if inner else json.dumps(error, ensure_ascii=False)
    return str(error)
