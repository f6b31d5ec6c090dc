from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from labelviz.errors import ColumnRefused, FileRefused
from labelviz.requests.load import Load
from labelviz.tables.columns import Columns
from labelviz.tables.formats.checked import (
    NOT_LABELLED,
    fits_autolabel,
    fits_cleanlab,
    fits_refinery,
    fits_snorkel,
    read_autolabel,
    read_cleanlab,
    read_refinery,
    read_snorkel,
)

SAID = {"is_label_issue": "True", "label_issue_score": "0.9", "cleanlab_row_ID": "4"}


def numbered(*rows: dict[str, Any]) -> list[tuple[int, dict[str, Any]]]:
    return list(enumerate(rows, start=1))


@pytest.mark.bad_input("P13")
def test_what_cleanlab_suggests_is_an_opinion_and_no_confidence_of_the_label():
    studio = {"text": "rain falls", "label": "wet", **SAID, "suggested_label": "dry",
              "suggested_label_confidence_score": "0.8"}  # fmt: skip
    meant = read_cleanlab(numbered(studio)).meant
    assert (meant.label, meant.annotators, meant.id) == (
        "label", ("suggested_label",), "cleanlab_row_ID",
    )  # fmt: skip
    assert meant.confidence == ""
    assert read_cleanlab(numbered({"uid": "7", **studio})).meant.id == ""
    learned = {"text": "rain falls", "is_label_issue": "True", "label_quality": "0.1",
               "given_label": "0", "predicted_label": "1"}  # fmt: skip
    meant = read_cleanlab(numbered(learned)).meant
    assert (meant.label, meant.annotators) == ("given_label", ("predicted_label",))


def test_issues_without_texts_are_refused():
    with pytest.raises(FileRefused, match="no texts"):
        read_cleanlab(numbered({"": "0", **SAID, "given_label": "wet", "predicted_label": "dry"}))


@pytest.mark.bad_input("P13")
def test_people_and_weak_labels_of_refinery():
    start = "news__sky__"
    row = {"news": "rain", f"{start}MANUAL": "", f"{start}WEAK_SUPERVISION": "wet",
           f"{start}WEAK_SUPERVISION__confidence": "0.7"}  # fmt: skip
    meant = read_refinery(numbered(row)).meant
    assert (meant.text, meant.label) == ("news", f"{start}WEAK_SUPERVISION")
    assert (meant.annotators, meant.confidence) == (
        (f"{start}MANUAL",), f"{start}WEAK_SUPERVISION__confidence",
    )  # fmt: skip
    assert read_refinery(numbered({**row, f"{start}MANUAL": "dry"})).meant.label == f"{start}MANUAL"
    two = read_refinery(numbered({**row, "news__mood__MANUAL": "bad"}))
    assert (two.meant.label, len(two.questions)) == ("", 3)


@pytest.mark.bad_input("P13")
def test_only_what_autolabel_labelled_has_a_label():
    row = {"body": "rain falls", "sky_label": "wet", "sky_error": "", "sky_prompt": "Say: rain x",
           "sky_successfully_labeled": "yes", "sky_confidence": "0.8",
           "sky_explanation": "because it rains"}  # fmt: skip
    failed = {**row, "sky_successfully_labeled": "no", "sky_error": "no JSON", "sky_label": "?"}
    made = read_autolabel(numbered(row, failed))
    assert [(each.line, each.reason, each.excerpt) for each in made.quarantined] == [
        (2, NOT_LABELLED, "no JSON")
    ]
    meant = made.meant
    assert (meant.text, meant.label, meant.confidence) == ("body", "sky_label", "sky_confidence")


@pytest.mark.bad_input("P06", "P13", "P15")
def test_labelling_functions_vote_and_those_that_abstain_do_not(tmp_path: Path, write):
    rows = ["text,lf_rain,lf_sun,lf_ice", "rain falls,1,-1,1", "sun shines,-1,0,-1",
            "ice and sun,1,0,-1", "fog comes,-1,-1,-1", "more sun,-1,0,0"]  # fmt: skip
    file = write("\n".join(rows))
    with Load(file=file).opened(tmp_path / "ws") as project:
        with pytest.raises(ColumnRefused) as refused:
            Load(file=file).run(project)
        assert "--majority" in refused.value.remedy
        report = Load(file=file, columns=Columns(majority=True)).run(project).report
    assert report.class_counts == {"0": 2, "1": 1}
    assert len(report.quarantined) == 2


@pytest.mark.bad_input("P06", "P13")
def test_functions_that_vote_with_names_abstain_by_a_word():
    row = {"text": "rain falls", "lf_a": "wet", "lf_b": "ABSTAIN"}
    assert read_snorkel(numbered(row)).meant.missing == ("ABSTAIN",)


def test_votes_without_texts_are_refused(write: Callable[..., Path]):
    with pytest.raises(FileRefused, match="no texts"):
        read_snorkel(numbered({"lf_a": "1", "lf_b": "-1", "id": "4"}))


def test_how_they_are_known():
    assert fits_cleanlab(["is_label_issue", "label_quality"], {})
    assert not fits_cleanlab(["is_label_issue", "label"], {})
    assert fits_refinery(["a__b__MANUAL"], {})
    assert fits_autolabel(["sky_label", "sky_successfully_labeled"], {})
    assert fits_snorkel(["lf_a", "LF_b"], {"lf_a": "1", "LF_b": "-1"})
    assert not fits_snorkel(["lf_a", "LF_b"], {"lf_a": "1", "LF_b": "wet " * 20})
    assert not fits_snorkel(["lf_a", "text"], {"lf_a": "1", "text": "a"})
