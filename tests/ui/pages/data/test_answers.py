from __future__ import annotations

import json
from pathlib import Path

import pytest

from labelviz.core.asked import entries
from labelviz.project.workspace import Workspace
from labelviz.requests import Load
from labelviz.tables import apart
from tests.ui.conftest import button, words
from tests.ui.pages.data.conftest import field, table, typed

SENT = "key,text\n" + "".join(f"s{n},what was said in message {n}\n" for n in range(12))
FIRST, NEXT = "Results of the batch", "Results of another batch, model or run"
SERVER_PATH = "Or the path of such a file on the server"
# Asked by an upload, a path, a table, or a button where it matters.
OTHERWISE = {"file", "answers", "spellings", "replace", "partial"}


def result(n: int, content: str, model: str = "m", finish: str = "stop") -> str:
    choice = {"index": 0, "finish_reason": finish, "message": {"content": content}}
    body = {"model": model, "choices": [choice]}
    response = {"status_code": 200, "body": body}
    return json.dumps({"custom_id": f"s{n}", "error": None, "response": response}) + "\n"


def answered(page, *paths: Path):
    """The page after somebody named these files of results."""
    for path in paths:
        fields = [each for each in page.text_input if each.label == SERVER_PATH]
        page = fields[-1].set_value(str(path)).run()
    return page


@pytest.mark.bad_input("P14")
def test_answers_are_shown_as_what_they_become_and_load_as_in_python(
    empty, write, tmp_path, monkeypatch
):
    monkeypatch.setattr(apart, "SMALL", 0)  # all of it in other processes
    sent = write(SENT, "sent.csv")
    said = {n: "wet" if n % 3 else "dry" for n in range(12)}
    one = "".join(result(n, each) for n, each in reversed(said.items()) if n not in (4, 7))
    one += result(4, "we", finish="length")
    other = "".join(result(n, each, "other") for n, each in said.items())
    files = (write(one, "one.jsonl"), write(other, "other.jsonl"))
    page = answered(typed(empty, sent), *files)
    assert "The answers label 10 of 12 rows" in words(page)
    shown = table(page, "Answers of llm_m")
    assert dict(zip(shown["Answers of llm_m"], shown["Rows"], strict=True)) == {"wet": 6, "dry": 4}
    assert sorted(table(page, "Set aside, because")["Rows"]) == [1, 1]
    assert field(page, "selectbox", "Label to audit").value == "llm_m"
    button(page, "Load").click().run()
    found = Workspace(tmp_path / "home/sent")
    with Load(file=sent, answers=files).opened(tmp_path / "python") as project:
        Load(file=sent, answers=files).run(project)
        wanted = Workspace(project.path)
    assert found.dataset.fingerprint == wanted.dataset.fingerprint
    assert list(found.dataset.annotators) == ["llm_other"]
    assert len([*(found.path / "source").iterdir()]) == 3
    assert found.data.report.as_json()["notes"] == wanted.data.report.as_json()["notes"]
    assert found.data.report.rows_in == 12
    assert len(found.data.report.quarantined) == 2


@pytest.mark.bad_input("P14")
def test_the_classes_that_a_person_names_set_other_answers_aside_before_the_load(empty, write):
    answers = write(
        "".join(result(n, "ab"[n % 2] if n else "neither") for n in range(12)), "r.jsonl"
    )
    page = answered(typed(empty, write(SENT, "sent.csv")), answers)
    field(page, "text_area", "Classes in order, one per line").set_value("a\nb").run()
    assert "The answers label 11 of 12 rows" in words(page)


@pytest.mark.bad_input("P14")
def test_the_key_of_json_answers_is_asked_for_and_given(empty, write):
    content = "".join(
        result(n, json.dumps({"mood": "ab"[n % 2], "kind": "cd"[n // 2 % 2]})) for n in range(12)
    )
    page = answered(typed(empty, write(SENT, "sent.csv")), write(content, "r.jsonl"))
    assert "nothing says which of them holds the class" in words(page)
    field(page, "text_input", "Key of the class in JSON answers").set_value("kind").run()
    assert set(table(page, "Answers of llm_m")["Answers of llm_m"]) == {"c", "d"}


@pytest.mark.bad_input("P14", "C11")
def test_answers_to_other_samples_are_a_message_in_place(empty, write):
    other = "id,text\n" + "".join(f"x{n},some text of row {n}\n" for n in range(5))
    page = answered(
        typed(empty, write(other, "other.csv")), write(result(1, "a") + result(2, "b"), "r.jsonl")
    )
    assert "No id of the results stands in the table" in words(page)
    assert not [each for each in page.button if each.label == "Load"]


def test_an_upload_of_answers_is_read_and_the_next_field_appears(empty, write):
    page = typed(empty, write(SENT, "sent.csv"))
    content = "".join(result(n, "ab"[n % 2]) for n in range(12)).encode()
    field(page, "file_uploader", FIRST).upload("r.jsonl", content).run()
    assert "The answers label 12 of 12 rows" in words(page)
    assert field(page, "file_uploader", NEXT)


def test_whatever_a_load_can_be_asked_has_a_field_on_the_page(empty, write):
    page = typed(empty, write(SENT, "sent.csv"))
    page = answered(page, write("".join(result(n, "ab"[n % 2]) for n in range(12)), "r.jsonl"))
    kinds = ("selectbox", "multiselect", "text_input", "text_area", "checkbox", "toggle")
    drawn = {str(each.key).split(" of ")[0] for kind in kinds for each in getattr(page, kind)}
    assert {each.name for each in entries(Load)} - drawn == OTHERWISE
    assert field(page, "toggle", "Say how each label is spelled")
