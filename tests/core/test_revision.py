from __future__ import annotations

import numpy as np
import pytest

from labelviz.core.arrays import strings
from labelviz.core.dataset import Dataset
from labelviz.core.revision import Revision, revision


def dataset(rows: dict[str, tuple[str, str]], classes: tuple[str, ...]) -> Dataset:
    return Dataset(
        task="multiclass",
        classes=classes,
        ids=strings(rows),
        texts=(strings(text for text, _ in rows.values()),),
        given=np.array([classes.index(label) for _, label in rows.values()], np.int64),
    )


BEFORE = {"a": ("rain", "wet"), "b": ("sun", "dry"), "c": ("fog", "wet"), "d": ("ice", "dry")}


@pytest.mark.bad_input("P18", "C12", "C13")
def test_what_a_newer_file_changes():
    after = {"a": ("rain!", "wet"), "b": ("sun", "hot"), "c": ("fog", "wet"), "e": ("hail", "dry")}
    found = revision(dataset(BEFORE, ("dry", "wet")), dataset(after, ("dry", "hot", "wet")))
    assert found == Revision(
        new=("e",), gone=("d",), edited=("a",), relabelled=("b",), new_classes=("hot",)
    )
    assert found.lines() == [
        "1 samples are new, first e",
        "1 samples are gone, first d",
        "1 samples have another text, first a",
        "1 samples have another label, first b",
        "classes that are new: hot",
    ]


def test_a_class_with_another_name():
    after = {sample: (text, label.upper()) for sample, (text, label) in BEFORE.items()}
    found = revision(dataset(BEFORE, ("dry", "wet")), dataset(after, ("DRY", "WET")))
    assert found.renamed == {"dry": "DRY", "wet": "WET"}
    assert found.lines()[-1] == "classes that seem to have another name: dry is DRY, wet is WET"
    one = {
        sample: (text, "any" if label == "wet" else "dry")
        for sample, (text, label) in BEFORE.items()
    }
    merged = revision(dataset(BEFORE, ("dry", "wet")), dataset(one, ("any", "dry")))
    assert merged.renamed == {"wet": "any"}
    both = {sample: (text, "any") for sample, (text, _) in BEFORE.items()}
    assert revision(dataset(BEFORE, ("dry", "wet")), dataset(both, ("any", "x"))).renamed == {}


def test_nothing_changes():
    same = dataset(BEFORE, ("dry", "wet"))
    assert revision(same, same) == Revision()
    assert revision(same, same).lines() == []
