from __future__ import annotations

from typing import Any

import pytest

from labelviz.tables.formats.crowd import (
    GOLD,
    TAINTED,
    fits_flower,
    fits_turk,
    read_flower,
    read_turk,
)
from labelviz.tables.formats.format import REJECTED


def unit(n: int, **more) -> tuple[int, dict[str, Any]]:
    row = {"_unit_id": f"7{n}", "_golden": "false", "sky": "wet", "sky:confidence": "0.7",
           "sky_gold": "", "tweet": f"t{n}"}  # fmt: skip
    return n, {**row, **more}


@pytest.mark.bad_input("P13")
def test_units_without_the_test_questions():
    made = read_flower([unit(1), unit(2, _golden="TRUE")])
    assert [row["tweet"] for row in made.rows] == ["t1"]
    assert [(each.line, each.reason) for each in made.quarantined] == [(2, GOLD)]
    meant = made.meant
    assert (meant.label, meant.confidence, meant.id) == ("sky", "sky:confidence", "_unit_id")


@pytest.mark.bad_input("P13")
def test_judgments_of_workers_without_tainted_ones():
    made = read_flower([unit(1, _worker_id="w1"), unit(1, _worker_id="w2", _tainted="true")])
    assert len(made.rows) == 1
    assert made.quarantined[0].reason == TAINTED
    assert (made.meant.labelled_by, made.meant.confidence) == ("_worker_id", "")


def assignment(item: str, who: str, answer: str, **more) -> dict[str, Any]:
    row = {"HITId": f"H{who}{item}", "WorkerId": who, "AssignmentStatus": "Approved",
           "RejectionTime": "", "Input.tweet": item, "Answer.sky": answer}  # fmt: skip
    return {**row, **more}


@pytest.mark.bad_input("P13")
def test_an_item_is_what_its_inputs_are():
    made = read_turk([
        (1, assignment("a b", "w1", "wet")),
        (2, assignment("a b", "w2", "dry")),
        (3, assignment("c d", "w1", "dry", AssignmentStatus="Rejected")),
    ])  # fmt: skip
    assert [row["item"] for row in made.rows] == ["Hw1a b", "Hw1a b"]
    assert [each.reason for each in made.quarantined] == [REJECTED]
    meant = made.meant
    assert (meant.label, meant.id, meant.labelled_by) == ("Answer.sky", "item", "WorkerId")


def test_how_they_are_known():
    assert fits_flower(["_unit_id", "_golden"], {})
    assert fits_turk(["HITId", "WorkerId", "Answer.sky"], {})
    assert not fits_turk(["HITId", "WorkerId", "sky"], {})


@pytest.mark.bad_input("P13")
def test_options_that_were_ticked_are_one_answer():
    def row(item: str, *ticked: bool) -> dict[str, Any]:
        names = ("Answer.sky.wet", "Answer.sky.dry", "Answer.sky.hot")
        ticks = {name: str(tick).lower() for name, tick in zip(names, ticked, strict=True)}
        found = {**assignment(item, "w1", ""), **ticks, "Answer.why": "x.y"}
        del found["Answer.sky"]
        return found

    rows = [row("a", True, False, False), row("b", False, True, True), row("c", *[False] * 3)]
    made = read_turk(list(enumerate(rows, start=1)))
    assert [each["Answer.sky"] for each in made.rows] == ["wet", '["dry","hot"]', ""]
    assert not [name for name in made.rows[0] if name.startswith("Answer.sky.")]
    del rows[0]["Answer.why"], rows[1]["Answer.why"], rows[2]["Answer.why"]
    assert read_turk(list(enumerate(rows, start=1))).meant.label == "Answer.sky"


@pytest.mark.bad_input("P13")
def test_the_answers_of_one_form_get_columns_of_their_own():
    def row(rain: bool, more: str) -> dict[str, Any]:
        form = [{"sky": {"wet": rain, "dry": not rain}, "why": more}]
        return {**assignment(more, "w1", ""), "Answer.taskAnswers": form}

    rows = [(n, row(n > 1, f"t{n}")) for n in (1, 2)]
    for _, each in rows:
        del each["Answer.sky"]
    made = read_turk(rows)
    assert [(each["Answer.sky"], each["Answer.why"]) for each in made.rows] == [
        ("dry", "t1"), ("wet", "t2"),
    ]  # fmt: skip
    assert "Answer.taskAnswers" not in made.rows[0]
