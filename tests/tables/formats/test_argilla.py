from __future__ import annotations

from typing import Any

import pytest

from labelviz.errors import FileRefused
from labelviz.tables.formats.argilla import (
    fits_feedback,
    fits_flat,
    fits_nested,
    fits_old,
    read_feedback,
    read_flat,
    read_nested,
    read_old,
)
from labelviz.tables.formats.format import NOT_SEEN, SKIPPED


def nested(n: int, *answers: tuple[str, str], suggested: str = "") -> tuple[int, dict[str, Any]]:
    hint = {"sky": {"value": suggested, "score": 0.9, "agent": "m"}} if suggested else {}
    said = {"sky": [{"value": value, "user_id": who} for who, value in answers]}
    return n, {"id": f"r{n}", "fields": {"text": f"t{n}"}, "metadata": {"src": "web"},
               "suggestions": hint, "responses": said if answers else {}}  # fmt: skip


def flat(
    n: int, values: list[str], status: list[str], suggested: str = ""
) -> tuple[int, dict[str, Any]]:
    return n, {
        "id": f"r{n}", "_server_id": f"x{n}", "text": f"t{n}", "sky.responses": values,
        "sky.responses.users": [f"u{k}" for k in range(len(values))],
        "sky.responses.status": status, "sky.suggestion": suggested, "sky.suggestion.score": 0.7,
    }  # fmt: skip


@pytest.mark.bad_input("P13")
def test_responses_of_several_people_and_a_suggestion():
    made = read_nested([nested(1, ("ann", "wet"), ("bob", "dry"), suggested="wet"), nested(2)])
    assert made.rows[1] == {
        "id": "r1", "text": "t1", "src": "web", "sky.suggestion": "wet",
        "sky.suggestion.score": "0.9", "annotator": "bob", "sky": "dry",
    }  # fmt: skip
    assert [each.reason for each in made.quarantined] == [NOT_SEEN]
    meant = made.meant
    assert (meant.label, meant.text, meant.id) == ("sky", "text", "id")
    assert (meant.labelled_by, meant.annotators) == ("annotator", ("sky.suggestion",))
    assert any("without a status" in text for text in made.left_out)


def test_suggestions_alone_are_the_label():
    made = read_nested([nested(1, suggested="wet")])
    assert made.meant.label == "sky.suggestion"


@pytest.mark.bad_input("P13")
def test_only_submitted_responses_are_votes():
    made = read_flat([
        flat(1, ["wet", "dry"], ["submitted", "draft"]),
        flat(2, ["wet"], ["discarded"]),
        flat(3, ["dry"], ["submitted"], suggested="wet"),
    ])  # fmt: skip
    assert [(row["id"], row["sky"]) for row in made.rows] == [("r1", "wet"), ("r3", "dry")]
    assert [(each.line, each.reason) for each in made.quarantined] == [(2, SKIPPED)]
    assert made.meant.labelled_by == ""


@pytest.mark.bad_input("P13")
def test_records_of_version_1():
    row = {"text": "a", "prediction": [["wet", 0.8], ["dry", 0.2]], "prediction_agent": "m",
           "annotation": "dry", "annotation_agent": "ann", "status": "Validated",
           "id": "q"}  # fmt: skip
    made = read_old(
        [(1, row), (2, {**row, "status": "Discarded"}), (3, {**row, "annotation": None})]
    )
    assert (made.rows[0]["label"], made.rows[0]["prediction"]) == ("dry", "wet")
    assert [each.reason for each in made.quarantined] == [SKIPPED, NOT_SEEN]
    assert made.meant.annotators == ("prediction",)


def test_how_they_are_known():
    assert fits_nested(["fields", "responses", "suggestions"], {"fields": {"text": "a"}})
    assert not fits_nested(["fields", "responses", "suggestions"], {"fields": "a"})
    assert fits_flat(["sky.responses.users"], {})
    assert fits_flat(["_server_id", "sky.suggestion"], {})
    assert not fits_flat(["text", "suggestion"], {})
    assert fits_old(["prediction_agent", "annotation_agent"], {})


def feedback(*answers: tuple[str, Any, str], hint: Any = None) -> dict[str, Any]:
    said = [{"user_id": who, "value": value, "status": how} for who, value, how in answers]
    return {"text": "rain", "sky": said, "sky-suggestion": hint, "external_id": "x1",
            "sky-suggestion-metadata": {"score": 0.6, "agent": "m", "type": None}}  # fmt: skip


@pytest.mark.bad_input("P13")
def test_feedback_of_several_people_and_a_suggestion():
    row = feedback(("a", "wet", "submitted"), ("b", "dry", "submitted"), ("c", "dry", "draft"),
                   hint="wet")  # fmt: skip
    assert fits_feedback([*row], row)
    made = read_feedback([(1, row), (2, feedback(("a", "wet", "discarded")))])
    assert [(each["annotator"], each["sky"]) for each in made.rows] == [("a", "wet"), ("b", "dry")]
    assert [each.reason for each in made.quarantined] == [SKIPPED]
    meant = made.meant
    assert (meant.label, meant.id, meant.labelled_by, meant.annotators) == (
        "sky", "external_id", "annotator", ("sky.suggestion",),
    )  # fmt: skip


def test_feedback_in_lists_by_key_and_of_several_questions():
    early = {"user_id": ["a", "b"], "value": [{"value": "wet"}, {"value": "dry"}],
             "status": ["submitted", "submitted"]}  # fmt: skip
    made = read_feedback([(1, {**feedback(), "sky": early})])
    assert [each["sky"] for each in made.rows] == ["wet", "dry"]
    two = {**feedback(("a", "wet", "submitted")), "mood": [{"user_id": "a", "value": "bad",
           "status": "submitted"}], "mood-suggestion-metadata": {}}  # fmt: skip
    made = read_feedback([(1, two)])
    assert (made.meant.label, made.questions) == ("", ("sky", "mood"))


def test_feedback_about_parts_of_texts_is_refused():
    spans = feedback(("a", [{"start": 0, "end": 3, "label": "x"}], "submitted"))
    with pytest.raises(FileRefused, match="parts of texts"):
        read_feedback([(1, spans)])


def test_records_without_an_outer_id_get_none():
    rows = [(n, {**feedback(("a", "wet", "submitted")), "external_id": ""}) for n in (1, 2)]
    assert read_feedback(rows).meant.id == ""
