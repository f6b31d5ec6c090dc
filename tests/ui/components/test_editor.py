"""What the browser is told, and what is made of what it sends back."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from labelviz.core.dataset import Dataset
from labelviz.ui.components.editor import CLASS_KEYS, Bars, class_keys, sendable
from labelviz.ui.pages.review import LEGEND
from tests.conftest import dataset_of

BINARY = dataset_of([0, 1])
SIX = dataset_of([0], tuple("abcdef"))
TWELVE = dataset_of([0], tuple("abcdefghijkl"))
THIRTEEN = dataset_of([0], tuple("abcdefghijklm"))
TAGS = dataset_of([[1, 0, 0]], ("<b>x</b>", "b\u202e", "c" * 300))


def bars(row: list[float]) -> Bars:
    return Bars(np.array(row), (0,), {"Model": np.array(row)}, (0, 1))


@pytest.mark.parametrize(
    ("dataset", "form", "keys"),
    [
        (BINARY, "bars", ["0", "1"]),
        (SIX, "bars", list("123456")),
        (TWELVE, "bars", list("1234567890AB")),
        (TAGS, "bars", list("123")),
        (THIRTEEN, "certainty", list("1234567890ABD")),
        (dataset_of([0], tuple(map(str, range(40)))), "certainty", list(CLASS_KEYS)),
    ],
)
def test_the_form_and_the_keys_follow_the_task(dataset: Dataset, form: str, keys: list[str]):
    row = [1.0] + [0.0] * (dataset.n_classes - 1)
    assert sendable(bars(row), dataset)["form"] == form
    assert class_keys(dataset) == keys


def test_a_certainty_is_read_from_the_row():
    said = sendable(bars([0.1, 0, 0.6, 0.3, *([0] * 9)]), THIRTEEN)["said"]
    assert (said["top"], said["share"], said["runnerUp"]) == (2, 0.6, 3)
    assert said["ruledOut"] == [1, *range(4, 13)]


def test_no_class_has_the_key_of_something_else():
    said = " ".join(key for key, _ in LEGEND)
    taken = {*re.findall(r"\b[A-Z]\b", said), *"RC"}
    assert {"K", "J", "Z", "Q", "W", "E", "S", "Y", "H"} <= taken
    assert not taken & set(CLASS_KEYS)
    assert len(set(CLASS_KEYS)) == len(CLASS_KEYS)


def test_names_are_sent_as_visible_plain_text_and_unknown_cells_as_null():
    sent = json.loads(json.dumps(sendable(bars([1, 0, np.nan]), TAGS), allow_nan=False))
    assert [each["name"] for each in sent["classes"]] == ["<b>x</b>", "b⟨U+202E⟩", "c" * 200]
    assert sent["row"] == [1, 0, None]
    assert sent["unsaved"] is False


def test_a_thousand_classes_stay_within_a_hundred_kilobytes():
    many = dataset_of([0], tuple(f"class number {k}" for k in range(1000)))
    row = np.random.default_rng(0).dirichlet(np.ones(1000))
    whole = Bars(row, (0,), {}, tuple(range(1000)))
    assert len(json.dumps(sendable(whole, many))) < 100_000
