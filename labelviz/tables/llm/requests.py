"""The requests of an LLM batch as a table: id, prompt, and the text inside the prompt."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

ENOUGH = 3  # prompts from which on what all of them start and end with is no text
TELLS = re.compile(r"[^\W_]|\n")  # what a start or an end holds that is more than a full stop
START, END = re.compile(r"[\w'-]*\Z"), re.compile(r"\A[\w'-]*[.!?。！？…]*")


@dataclass(frozen=True)
class Asked:
    """What was asked, request by request.

    Parameters
    ----------
    texts : the prompts without what all of them start and end with.
    around : what that is.
    classes : the answers that all requests allow, where they say so.
    """

    ids: tuple[str, ...]
    prompts: tuple[str, ...]
    texts: tuple[str, ...]
    around: tuple[str, str]
    classes: tuple[str, ...]


def prompt_of(rows: Sequence[Mapping[str, Any]]) -> Asked:
    """The requests of OpenAI, Anthropic and Gemini batches."""
    prompts = [_prompt(_body(row)) for row in rows]
    start, end = around(prompts)
    texts = [prompt[len(start) : len(prompt) - len(end)] for prompt in prompts]
    allowed = {tuple(_allowed(_body(row))) for row in rows}
    return Asked(
        tuple(str(row.get("custom_id") or row.get("key") or "") for row in rows),
        tuple(prompts),
        tuple(texts),
        (start, end),
        allowed.pop() if len(allowed) == 1 else (),
    )


def _body(row: Mapping[str, Any]) -> Mapping[str, Any]:
    body = row.get("body") or row.get("params") or row.get("request") or row.get("modelInput")
    return body if isinstance(body, Mapping) else {}


def prompt_in(row: Mapping[str, Any]) -> str:
    """What one request asks."""
    return _prompt(_body(row))


def _prompt(body: Mapping[str, Any]) -> str:
    """What the user said last."""
    if isinstance(body.get("input"), str):
        return str(body["input"])
    turns = body.get("messages") or body.get("input") or body.get("contents") or []
    said = [turn for turn in turns if isinstance(turn, dict) and turn.get("role") in (None, "user")]
    content = (said[-1].get("content") or said[-1].get("parts")) if said else body.get("prompt")
    if isinstance(content, list):
        return "\n".join(str(p.get("text", "")) for p in content if isinstance(p, dict))
    return str(content or "")


def around(prompts: Sequence[str]) -> tuple[str, str]:
    """What all prompts start and end with, up to whole words and sentences; not a mark alone."""
    different = set(prompts)
    if len(different) < ENOUGH:
        return "", ""
    start = START.sub("", shared_start(list(different)))
    rest = [prompt[len(start) :] for prompt in different]
    end = END.sub("", shared_start([each[::-1] for each in rest])[::-1])
    return (start if TELLS.search(start) else "", end if TELLS.search(end) else "")


def cut_words(start: str, end: str) -> str:
    """That prompts were cut to what differs, in words; empty where nothing was cut."""
    parts = [f"after {start[-60:]!r}"] if start.strip() else []
    parts += [f"before {end[:60]!r}"] if end.strip() else []
    return f"prompts were cut to what differs: {' and '.join(parts)}" if parts else ""


def shared_start(texts: Sequence[str]) -> str:
    """The characters that all texts start with."""
    low, high = min(texts), max(texts)
    count = next((at for at, c in enumerate(low) if high[at : at + 1] != c), len(low))
    return low[:count]


def _allowed(body: Mapping[str, Any]) -> list[str]:
    """The values of the first list of allowed texts in the schema of the answer."""
    schemas = [body.get(name) for name in ("response_format", "text", "tools", "generationConfig",
                                           "generation_config")]  # fmt: skip
    return next((names for each in schemas for names in _enums(each)), [])


def _enums(value: Any) -> Iterator[list[str]]:
    if isinstance(value, Mapping):
        names = value.get("enum")
        if isinstance(names, list) and all(isinstance(name, str) for name in names):
            yield names
        for each in value.values():
            yield from _enums(each)
    elif isinstance(value, list):
        for each in value:
            yield from _enums(each)


def request_value(cell: str) -> Any:
    """A cell of a file of JSON objects as the value that it was; None for nothing."""
    if cell[:1] in ("{", "["):
        try:
            return json.loads(cell)
        except (ValueError, RecursionError):
            return cell
    return cell or None
