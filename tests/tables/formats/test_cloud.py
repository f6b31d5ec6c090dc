from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from labelviz.errors import ColumnRefused, FileRefused
from labelviz.requests.load import Load
from labelviz.tables.columns import Columns
from labelviz.tables.formats.cloud import (
    FAILED,
    fits_truth,
    fits_vertex,
    read_truth,
    read_vertex,
)
from labelviz.tables.formats.format import NOT_SEEN


def told(name: str, sure: float = 0.9, kind: str = "text-classification") -> dict[str, Any]:
    return {"class-name": name, "confidence": sure, "type": f"groundtruth/{kind}"}


def numbered(*rows: dict[str, Any]) -> list[tuple[int, dict[str, Any]]]:
    return list(enumerate(rows, start=1))


@pytest.mark.bad_input("P13")
def test_the_name_of_the_metadata_is_the_label_and_not_the_number_of_the_job():
    failed = {"source": "fog", "sky-metadata": {"failure-reason": "cut", "type": "groundtruth/x"}}
    made = read_truth(
        numbered({"source": "rain", "sky": 7, "sky-metadata": told("wet", 0.4), "nr": 3}, failed)
    )
    assert made.rows == [{"source": "rain", "nr": "3", "sky": "wet", "sky_confidence": "0.4"}]
    assert [(each.line, each.reason, each.excerpt) for each in made.quarantined] == [
        (2, FAILED, "cut")
    ]
    meant = made.meant
    assert (meant.text, meant.label, meant.confidence) == ("source", "sky", "sky_confidence")


@pytest.mark.bad_input("P13")
def test_several_names_of_one_job():
    about = {"class-map": {"0": "wet", "2": "cold"}, "type": "groundtruth/text-classification"}
    none = {"class-map": {}, "type": "groundtruth/text-classification-multilabel"}
    made = read_truth(
        numbered(
            {"source": "sleet", "sky": [0, 2], "sky-metadata": about},
            {"source": "sun", "sky": [], "sky-metadata": none},
        )
    )
    assert [row["sky"] for row in made.rows] == ['["wet","cold"]', "[]"]
    assert made.meant.task == "multilabel"


def test_texts_elsewhere_and_parts_of_texts_are_refused():
    with pytest.raises(FileRefused, match="names files elsewhere"):
        read_truth(numbered({"source-ref": "s3://b/1.txt", "sky-metadata": told("wet")}))
    spans = {"type": "groundtruth/text-span", "entities": []}
    with pytest.raises(FileRefused, match="parts of texts"):
        read_truth(numbered({"source": "rain", "ents": {}, "ents-metadata": spans}))


@pytest.mark.bad_input("P13")
def test_of_several_jobs_one_has_to_be_chosen(tmp_path: Path):
    rows = [
        {"source": f"rain falls on town {n}", "sky": n % 2, "sky-metadata": told("ab"[n % 2]),
         "mood": n % 2, "mood-metadata": told("cd"[n % 2])} for n in range(8)
    ]  # fmt: skip
    file = tmp_path / "output.manifest"
    file.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    with Load(file=file).opened(tmp_path / "ws") as project:
        with pytest.raises(ColumnRefused) as refused:
            Load(file=file).run(project)
        assert refused.value.remedy == "The file has several: choose one of sky, mood."
        loaded = Load(file=file, columns=Columns(label="mood")).run(project)
    assert list(loaded.report.class_counts) == ["c", "d"]


@pytest.mark.bad_input("P13")
def test_vertex_one_name_several_and_none():
    use = {"aiplatform.googleapis.com/ml_use": "test"}
    one = {"textContent": "rain", "classificationAnnotation": {"displayName": "wet"}}
    made = read_vertex(numbered({**one, "dataItemResourceLabels": use}, {"textContent": "fog"}))
    assert made.rows == [{"textContent": "rain", "label": "wet", "split": "test"}]
    assert [(each.line, each.reason) for each in made.quarantined] == [(2, NOT_SEEN)]
    assert (made.meant.text, made.meant.split) == ("textContent", "split")
    names = [{"displayName": "wet"}, {"displayName": "cold"}]
    several = {"textContent": "sleet", "classificationAnnotations": names}
    made = read_vertex(numbered(several))
    assert (made.rows[0]["label"], made.meant.task) == ('["wet","cold"]', "multilabel")
    mood = {"textContent": "sun", "sentimentAnnotation": {"sentiment": 2, "sentimentMax": 4}}
    assert read_vertex(numbered(mood)).rows[0]["label"] == "2"


def test_vertex_texts_elsewhere_and_parts_of_texts_are_refused():
    with pytest.raises(FileRefused, match="names files elsewhere"):
        read_vertex(numbered({"textGcsUri": "gs://b", "classificationAnnotation": {}}))
    with pytest.raises(FileRefused, match="parts of texts"):
        read_vertex(numbered({"textContent": "a", "textSegmentAnnotations": [{}]}))


def test_how_they_are_known(write: Callable[..., Path]):
    assert fits_truth([], {"sky-metadata": told("wet")})
    assert not fits_truth([], {"sky-metadata": {"type": "other"}, "sky": 1})
    assert fits_vertex(["textContent", "classificationAnnotation"], {})
    assert not fits_vertex(["textContent", "label"], {})
