from __future__ import annotations

import json
from typing import Any

import pytest

from labelviz.errors import FileRefused
from labelviz.tables.formats.chats import (
    NO_ANSWER,
    fits_chats,
    fits_completions,
    fits_exchanges,
    read_chats,
    read_completions,
    read_exchanges,
)

SKIES = ["Rain all day over the bay.", "Dry, warm and bright.", "Sleet by noon.", "Sun again."]
LABELS = ["wet", "dry", "wet", "dry"]


def openai(text: str, answer: str) -> dict[str, Any]:
    return {"messages": [{"role": "system", "content": "Name the sky."},
                         {"role": "user", "content": text},
                         {"role": "assistant", "content": answer}]}  # fmt: skip


def sharegpt(text: str, answer: str) -> dict[str, Any]:
    return {"conversations": [{"from": "human", "value": text}, {"from": "gpt", "value": answer}]}


def gemini(text: str, answer: str) -> dict[str, Any]:
    return {"contents": [{"role": "user", "parts": [{"text": text}]},
                         {"role": "model", "parts": [{"text": answer}]}]}  # fmt: skip


@pytest.mark.bad_input("P13", "P20")
@pytest.mark.parametrize("shape", [openai, sharegpt, gemini])
@pytest.mark.parametrize("spoken", [str, lambda name: json.dumps({"label": name})])
def test_the_last_question_is_the_text_and_the_answer_the_label(shape, spoken):
    said = zip(SKIES, LABELS, strict=True)
    rows = [(n, shape(text, spoken(label))) for n, (text, label) in enumerate(said, start=1)]
    assert fits_chats([*rows[0][1]], rows[0][1])
    made = read_chats(rows)
    assert [(row["text"], row["label"]) for row in made.rows] == list(
        zip(SKIES, LABELS, strict=True)
    )
    assert (made.lines, made.meant.text, made.meant.label) == ([1, 2, 3, 4], "text", "label")


def test_what_has_no_answer_is_set_aside_and_several_turns_are_said():
    rows = [openai(text, label) for text, label in zip(SKIES, LABELS, strict=True)]
    rows[1]["messages"].pop()
    rows[3]["messages"][1:1] = openai("Fog?", "wet")["messages"][1:]
    made = read_chats(list(enumerate(rows, start=1)))
    assert [(each.line, each.reason) for each in made.quarantined] == [(2, NO_ANSWER)]
    assert [row["text"] for row in made.rows] == [SKIES[0], SKIES[2], SKIES[3]]
    assert [n for text, n in made.left_out.items() if "several turns" in text] == [1]


def test_conversations_that_name_no_class_are_refused():
    rows = [
        (n, openai(f"Why {n}?", f"Because of reason {n}, " + "and more " * 9)) for n in range(9)
    ]
    with pytest.raises(FileRefused, match="no classes"):
        read_chats(rows)
    short = [(n, openai(f"What is {n} and {n}?", f"It is {2 * n}")) for n in range(20)]
    with pytest.raises(FileRefused, match="no classes"):
        read_chats(short)


@pytest.mark.bad_input("P20")
def test_completions_lose_their_blanks_and_prompts_what_all_end_with():
    rows = [(n, {"prompt": f"{text}\n\n###\n\n", "completion": f" {label}"})
            for n, (text, label) in enumerate(zip(SKIES, LABELS, strict=True))]  # fmt: skip
    made = read_completions(rows)
    assert [row["label"] for row in made.rows] == LABELS
    assert [row["text"] for row in made.rows] == SKIES
    assert any("blanks around them" in text for text in made.left_out)


def test_how_they_are_known():
    asked, answered = {"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}
    assert fits_chats(["messages"], {"messages": [asked, answered]})
    assert not fits_chats(["messages"], {"messages": [answered, asked]})
    assert not fits_chats(["messages", "label"], {"messages": [asked, answered]})
    assert not fits_chats(["messages"], {"messages": "a"})
    assert fits_completions(["prompt", "completion"], {})
    assert not fits_completions(["prompt", "completion", "label"], {})


def exchange(text: str, answer: str) -> dict[str, Any]:
    parts = {"candidates": [{"content": {"parts": [{"text": answer}]}, "finishReason": "STOP"}],
             "modelVersion": "g"}  # fmt: skip
    return {"status": "", "request": {"contents": [{"role": "user", "parts": [{"text": text}]}]},
            "response": parts}  # fmt: skip


@pytest.mark.bad_input("P14", "P20")
def test_results_that_hold_their_requests_are_a_table_of_their_own():
    rows = [exchange(*each) for each in zip(SKIES, LABELS, strict=True)]
    rows[1] = {**rows[1], "status": "quota", "response": {}}
    assert fits_exchanges([*rows[0]], rows[0])
    made = read_exchanges(list(enumerate(rows, start=1)))
    assert [(row["text"], row["label"], row["model"]) for row in made.rows] == [
        (SKIES[n], LABELS[n], "g") for n in (0, 2, 3)
    ]
    assert [(each.line, each.excerpt) for each in made.quarantined] == [(2, "quota")]


@pytest.mark.bad_input("P14", "P20")
def test_records_of_bedrock_keep_their_ids():
    rows = [
        {"recordId": f"r{n}", "modelInput": {"messages": [{"role": "user", "content": text}]},
         "modelOutput": {"model": "c", "stop_reason": "end_turn",
                         "content": [{"type": "text", "text": label}]}}
        for n, (text, label) in enumerate(zip(SKIES, LABELS, strict=True))
    ]  # fmt: skip
    made = read_exchanges(list(enumerate(rows, start=1)))
    assert [row["recordId"] for row in made.rows] == ["r0", "r1", "r2", "r3"]
    assert (made.meant.id, [row["label"] for row in made.rows]) == ("recordId", LABELS)
