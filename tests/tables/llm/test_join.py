from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from labelviz.errors import FileRefused, IdsRefused
from labelviz.tables.columns import Columns
from labelviz.tables.llm.join import check_answered, with_answers
from labelviz.tables.llm.replies import FAILED, NO_REPLY, WAS_CUT
from labelviz.tables.read import read_table
from labelviz.tables.table import Table

Write = Callable[..., Path]
TEXTS = [f"text number {n}" for n in range(30)]
SENT = "key,text\n" + "".join(f"s{n},{text}\n" for n, text in enumerate(TEXTS))


def label(n: int) -> str:
    return "wet" if n % 3 else "dry"


def row(
    n: int, content: str, model: str = "m", finish: str = "stop", start: str = "s"
) -> dict[str, Any]:
    choice = {"index": 0, "finish_reason": finish, "message": {"content": content}}
    body = {"model": model, "choices": [choice]}
    return {
        "custom_id": f"{start}{n}",
        "error": None,
        "response": {"status_code": 200, "body": body},
    }


def lines(rows: list[dict[str, Any]]) -> str:
    mixed = random.Random(4).sample(rows, len(rows))
    return "".join(json.dumps(each) + "\n" for each in mixed)


@pytest.fixture
def sent(write: Write) -> Table:
    return read_table(write(SENT, "sent.csv"))


@pytest.mark.bad_input("P14", "C11")
def test_answers_in_any_order_are_joined_by_id(write: Write, sent: Table):
    rows = [row(n, json.dumps({"label": label(n), "confidence": n / 30})) for n in range(30)]
    made = with_answers(sent, [write(lines(rows), "r.jsonl")], Columns())
    assert list(made.frame["llm_m"]) == [label(n) for n in range(30)]
    assert list(made.frame["llm_m_confidence"]) == [str(n / 30) for n in range(30)]
    assert made.meant == Columns("", "llm_m", id="key", confidence="llm_m_confidence")
    assert (made.rows_in, made.quarantined) == (30, ())
    assert [(path.name, len(sha)) for path, sha in made.beside] == [("r.jsonl", 64)]


@pytest.mark.bad_input("P14")
def test_answers_that_cannot_be_used_are_set_aside_with_their_reason(write: Write, sent: Table):
    rows = [row(n, label(n)) for n in range(30) if n not in (3, 4)]
    rows[0] = row(0, "we", finish="length")
    rows[1] = row(1, "soggy")
    failed = {"custom_id": "s3", "error": {"message": "busy"}, "response": None}
    files = [write(lines(rows), "r.jsonl"), write(lines([failed]), "errors.jsonl")]
    made = with_answers(sent, files, Columns(classes=("wet", "dry")))
    found = {each.line: (each.reason, each.excerpt) for each in made.quarantined}
    assert found == {
        2: (WAS_CUT, "length"),
        3: ("the answer is not among the classes", "soggy"),
        5: (FAILED, "busy"),
        6: (NO_REPLY, "s4"),
    }
    assert (len(made.frame), made.rows_in) == (26, 30)


def test_several_models_and_runs_are_annotators(write: Write, sent: Table):
    first = write(lines([row(n, label(n)) for n in range(30)]), "a.jsonl")
    again = write(lines([row(n, label(n + 1)) for n in range(30)]), "b.jsonl")
    other = write(lines([row(n, "wet", "x/y") for n in range(30)]), "c.jsonl")
    made = with_answers(sent, [first, again, other], Columns())
    assert (made.meant.label, made.meant.annotators) == ("llm_m", ("llm_m_2", "llm_x/y"))
    assert list(made.frame["llm_m_2"])[:3] == [label(1), label(2), label(3)]


def test_parts_of_one_run_are_one_annotator(write: Write, sent: Table):
    parts = [
        write(lines([row(n, label(n)) for n in range(a, a + 15)]), f"{a}.jsonl") for a in (0, 15)
    ]
    made = with_answers(sent, parts, Columns())
    assert made.meant.annotators == ()
    assert len(made.frame) == 30


def test_lists_make_several_labels(write: Write, sent: Table):
    rows = [
        row(n, '["wet", "cold"]' if n % 2 else "[]" if n == 4 else '["wet"]') for n in range(30)
    ]
    made = with_answers(sent, [write(lines(rows), "r.jsonl")], Columns())
    assert made.meant.task == "multilabel"
    assert list(made.frame["llm_m"])[:2] == ['["wet"]', '["wet", "cold"]']


def test_ids_that_all_start_alike(write: Write, sent: Table):
    rows = [row(n, label(n), start="request-s") for n in range(30)]
    made = with_answers(sent, [write(lines(rows), "r.jsonl")], Columns())
    assert len(made.frame) == 30
    assert any("'request-', which was taken off" in each.text for each in made.notes)


@pytest.mark.bad_input("C11")
def test_results_of_other_samples_are_refused(write: Write, sent: Table):
    file = write(lines([row(n, "wet", start="q") for n in range(30)]), "r.jsonl")
    with pytest.raises(IdsRefused, match="No id of the results"):
        with_answers(sent, [file], Columns())
    with pytest.raises(IdsRefused, match="No id of the results"):
        with_answers(sent, [file], Columns(id="text"))


def test_a_file_that_holds_no_results(write: Write, sent: Table):
    with pytest.raises(FileRefused, match="holds no results of an LLM batch"):
        with_answers(sent, [write("a,b\n1,2\n", "x.csv")], Columns())


def test_two_different_answers_in_one_file(write: Write, sent: Table):
    rows = [*(row(n, label(n)) for n in range(30)), row(5, "dry")]
    made = with_answers(sent, [write(lines(rows), "r.jsonl")], Columns())
    assert [each.reason for each in made.quarantined] == [
        "the results hold two different answers to it"
    ]


def test_requests_are_a_table_of_texts(write: Write):
    def request(n: int) -> dict[str, Any]:
        turns = [{"role": "user", "content": f"Wet or dry? <{TEXTS[n]}>"}]
        return {"custom_id": f"s{n}", "method": "POST", "body": {"messages": turns}}

    table = read_table(write(lines([request(n) for n in range(30)]), "q.jsonl"))
    with pytest.raises(FileRefused, match="questions to an LLM and no answers"):
        check_answered(table)
    answers = write(lines([row(n, label(n)) for n in range(30)]), "r.jsonl")
    made = with_answers(table, [answers], Columns())
    read = dict(zip(made.frame["custom_id"], made.frame["llm_m"], strict=True))
    assert read == {f"s{n}": label(n) for n in range(30)}
    check_answered(made)


@pytest.mark.bad_input("P14")
def test_results_alone_say_what_is_missing(write: Write):
    with pytest.raises(FileRefused, match="30 answers of an LLM without the texts") as refused:
        read_table(write(lines([row(n, "wet") for n in range(30)]), "r.jsonl"))
    assert "--answers" in refused.value.remedy
