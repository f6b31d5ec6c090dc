from __future__ import annotations

from typing import Any

import pytest

from labelviz.errors import FileRefused
from labelviz.tables.formats.format import NOT_SEEN, SKIPPED
from labelviz.tables.formats.label_studio import fits_min, fits_tasks, read_min, read_tasks
from labelviz.tables.names import listed


def chosen(*names: str, control: str = "sky", kind: str = "choices") -> dict[str, Any]:
    return {"from_name": control, "type": kind, "value": {kind: list(names)}}


def task(n: int, *annotations: dict[str, Any], **more) -> tuple[int, dict[str, Any]]:
    data = {"text": f"rain {n} falls", "ref": f"R{n}"}
    return n, {"id": 100 + n, "data": data, "annotations": list(annotations), **more}


def by(who: Any, *result: dict[str, Any], **more) -> dict[str, Any]:
    return {"completed_by": who, "result": list(result), "was_cancelled": False, **more}


@pytest.mark.bad_input("P13")
def test_tasks_of_one_person_each():
    made = read_tasks([task(1, by(3, chosen("wet"))), task(2, by(3, chosen("wet", "cold")))])
    assert made.rows[0] == {
        "id": "101", "text": "rain 1 falls", "ref": "R1", "annotator": "3", "sky": "wet",
    }  # fmt: skip
    assert made.rows[1]["sky"] == '["wet","cold"]'
    assert (made.meant.label, made.meant.text, made.meant.id) == ("sky", "text", "id")
    assert made.meant.labelled_by == ""


@pytest.mark.bad_input("P13")
def test_people_predictions_skips_and_tasks_nobody_saw_are_told_apart():
    guess = {"model_version": "m", "score": 0.4, "result": [chosen("dry")]}
    made = read_tasks([
        task(1, by(3, chosen("wet")), by({"id": 4, "email": "b@x.org"}, chosen("dry"))),
        task(2, by(3, was_cancelled=True)),
        task(3),
        task(4, predictions=[guess]),
        task(5, predictions=[812]),
    ])  # fmt: skip
    assert [(row["id"], row.get("annotator")) for row in made.rows] == [
        ("101", "3"), ("101", "b@x.org"), ("104", None),
    ]  # fmt: skip
    assert [(each.line, each.reason) for each in made.quarantined] == [
        (2, SKIPPED), (3, NOT_SEEN), (5, NOT_SEEN),
    ]  # fmt: skip
    assert (made.meant.labelled_by, made.meant.annotators) == ("annotator", ("prediction",))
    assert made.rows[2]["prediction_score"] == "0.4"


def test_predictions_alone_are_the_label():
    made = read_tasks([task(1, predictions=[{"result": [chosen("dry")]}])])
    assert made.meant.label == "prediction"


def test_paths_ratings_and_sides():
    made = read_tasks([
        task(1, by(1, {"from_name": "kind", "type": "taxonomy",
                       "value": {"taxonomy": [["A", "B"], ["C"]]}})),
        task(2, by(1, {"from_name": "kind", "type": "rating", "value": {"rating": 4}})),
        task(3, by(1, {"from_name": "kind", "type": "pairwise", "value": {"selected": "left"}})),
    ])  # fmt: skip
    assert [row["kind"] for row in made.rows] == ['["A / B","C"]', "4", "left"]


def test_spans_are_left_out_and_counted_and_alone_refused():
    span = {"from_name": "ner", "type": "labels", "value": {"start": 0, "labels": ["X"]}}
    made = read_tasks([task(1, by(1, chosen("wet"), span))])
    assert sum(made.left_out.values()) == 1
    with pytest.raises(FileRefused, match="no labels of whole texts"):
        read_tasks([task(1, by(1, span))])


def test_several_controls_leave_the_label_open_and_data_keeps_its_id():
    row = {"id": 7, "data": {"id": "mine", "text": "a b"}, "annotations": [
        by(1, chosen("wet"), chosen("hot", control="heat"))]}  # fmt: skip
    made = read_tasks([(1, row)])
    assert made.meant.label == ""
    assert (made.rows[0]["id"], made.rows[0]["task_id"]) == ("mine", "7")


def test_rows_of_json_min():
    row = {"annotation_id": 1, "annotator": 3, "lead_time": 1.5, "id": 9, "text": "a",
           "sky": {"choices": ["wet", "cold"]}}  # fmt: skip
    assert fits_min(row, row)
    made = read_min([(1, row), (2, {**row, "annotator": 4, "sky": "dry"})])
    assert (made.meant.label, made.meant.labelled_by, made.meant.id) == ("sky", "annotator", "id")
    assert made.rows[1]["sky"] == "dry"
    alone = read_min([(1, row), (2, {**row, "id": 10, "sky": "dry"})])
    assert alone.meant.labelled_by == ""


def test_a_control_of_one_choice_beside_one_of_several_leaves_the_label_open():
    row = {"id": 1, "mood": "good", "sky": {"choices": ["wet", "cold"]}, "text": "a",
           "annotator": 1, "annotation_id": 2, "lead_time": 1.0}  # fmt: skip
    rows = [
        (n, {**row, "id": n, "text": f"t{n}", "mood": ("good", "bad")[n % 2]}) for n in range(6)
    ]
    made = read_min(rows)
    assert (made.meant.label, set(made.questions)) == ("", {"mood", "sky"})


def test_how_tasks_are_known():
    assert fits_tasks(["data", "completions"], {"data": {"text": "a"}})
    assert not fits_tasks(["data", "annotations"], {"data": "text"})
    assert not fits_tasks(["data"], {"data": {"text": "a"}})


def test_a_rating_of_a_row_is_a_label():
    row = {"id": 1, "text": "a b", "stars": [{"rating": 4}], "annotator": 1, "annotation_id": 2,
           "lead_time": 1.0}  # fmt: skip
    assert read_min([(1, row)]).meant.label == "stars"
    assert listed('[{"rating":4}]') == ("4",)
