from __future__ import annotations

from typing import Any

import pytest

from labelviz.tables.formats.format import SKIPPED
from labelviz.tables.formats.prodigy import BAD, fits, read

OPTIONS = [{"id": 1, "text": "wet"}, {"id": "dry", "text": "dry"}]


def choice(n: int, accept: list[Any], answer: str = "accept", **more) -> tuple[int, dict[str, Any]]:
    row = {"text": f"t{n}", "options": OPTIONS, "accept": accept, "answer": answer,
           "_input_hash": f"-{n}", "_task_hash": str(n), "_annotator_id": "ds-ann"}  # fmt: skip
    return n, {**row, **more}


def question(n: int, label: str, answer: str) -> tuple[int, dict[str, Any]]:
    return n, {"text": f"t{n}", "label": label, "answer": answer, "_input_hash": f"-{n}"}


@pytest.mark.bad_input("P13")
def test_choices_by_the_text_of_their_options():
    made = read(
        [choice(1, [1]), choice(2, ["dry"]), choice(3, [], "ignore"), choice(4, [1], "reject")]
    )
    assert [row["label"] for row in made.rows] == ["wet", "dry"]
    assert [(each.line, each.reason) for each in made.quarantined] == [(3, SKIPPED), (4, BAD)]
    assert (made.meant.id, made.meant.labelled_by, made.meant.task) == ("_input_hash", "", "")


def test_several_choices_are_several_labels():
    made = read([choice(1, [1, "dry"]), choice(2, [])])
    assert [row["label"] for row in made.rows] == ['["wet","dry"]', "[]"]
    assert made.meant.task == "multilabel"


@pytest.mark.bad_input("P13")
def test_a_no_is_the_opposite_of_the_one_label_that_is_asked_about():
    made = read([question(1, "spam", "accept"), question(2, "spam", "reject")])
    assert [row["label"] for row in made.rows] == ["spam", "not spam"]
    many = read([question(1, "spam", "accept"), question(2, "ham", "reject")])
    assert [row["label"] for row in many.rows] == ["spam"]
    assert "what it is instead is open" in many.quarantined[0].reason


def test_several_annotators_of_one_text():
    other = choice(1, ["dry"], _annotator_id="ds-bob")
    made = read([choice(1, [1]), other, choice(2, [1])])
    assert (made.meant.labelled_by, made.meant.id) == ("annotator", "_input_hash")


def test_how_it_is_known():
    assert fits(["text", "label", "answer", "_input_hash"], {"answer": "accept"})
    assert not fits(["text", "answer"], {"answer": "accept"})
    assert not fits(["text", "label", "answer"], {"answer": "yes"})
