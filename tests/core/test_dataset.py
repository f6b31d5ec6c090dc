from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelviz.core.arrays import strings
from labelviz.core.dataset import MISSING, Dataset
from labelviz.errors import IdsRefused, LabelsRefused
from tests.conftest import dataset_of

TEXT = st.text(st.characters(exclude_categories=[]), max_size=6)


def test_a_dataset_answers_for_its_shape():
    pairs = dataset_of([0, 1, 2], ("a", "b", "c"), [["x", "y", "z"], ["u", "v", "w"]])
    assert (len(pairs), pairs.n_classes, pairs.is_pair, pairs.multilabel) == (3, 3, True, False)
    assert dict(pairs.rows) == {"s0": 0, "s1": 1, "s2": 2}


def test_values_of_slices_are_numbered_as_they_first_occur():
    data = dataset_of([0, 1, 1], slices={"source": strings(["web", "app", "web"])})
    codes, values = data.values_of_slices["source"]
    assert codes.tolist() == [0, 1, 0]
    assert values == ["web", "app"]
    assert not codes.flags.writeable


def test_arrays_cannot_be_written():
    data = dataset_of([0, 1], slices={"source": strings(["web", "app"])})
    for array in (data.ids, data.given, data.texts[0], data.slices["source"], data.labelled):
        assert not array.flags.writeable
    with pytest.raises(TypeError):
        data.slices["other"] = data.ids  # type: ignore[index]


@pytest.mark.bad_input("C04")
def test_repeated_ids_are_refused():
    with pytest.raises(IdsRefused, match="share an id"):
        Dataset("binary", ("a", "b"), strings(["1", "1"]), (strings(["x", "y"]),), np.array([0, 1]))


@pytest.mark.bad_input("D15", "D16")
@pytest.mark.parametrize("classes", [("a", "a"), ("a", ""), ("a", " ")])
def test_class_names_must_be_distinct_and_say_something(classes: tuple[str, ...]):
    with pytest.raises(LabelsRefused, match="distinct and not empty"):
        dataset_of([0, 1], classes, task="binary")


@pytest.mark.parametrize(
    ("task", "classes", "labels", "words"),
    [
        ("binary", ("a", "b", "c"), [0, 1], "binary task has two classes"),
        ("multiclass", ("a",), [0, 0], "at least two classes"),
        ("binary", ("a", "b"), [0, 2], "outside the classes"),
        ("binary", ("a", "b"), [0, -2], "outside the classes"),
        ("multilabel", ("a", "b"), [[0, 2]], "outside the classes"),
        ("multilabel", ("a", "b"), [0, 1], "expected 2 by 2"),
        ("binary", ("a", "b"), [[0, 1]], "expected 1 .samples"),
    ],
)
@pytest.mark.bad_input("D10", "D11")
def test_labels_that_do_not_fit_are_refused(task, classes, labels, words):
    with pytest.raises(LabelsRefused, match=words):
        dataset_of(labels, classes, task=task)


@pytest.mark.parametrize(
    "column",
    [
        {"group": strings(["g"])},
        {"split": strings(["train"])},
        {"confidence": np.zeros(3)},
        {"slices": {"s": strings(["x"])}},
        {"texts": [["only one"]]},
    ],
)
def test_a_column_of_another_length_is_refused(column):
    with pytest.raises(LabelsRefused, match=r"expected 2 .samples"):
        dataset_of([0, 1], **column)


def test_annotators_obey_the_same_rules_as_the_given_label():
    with pytest.raises(LabelsRefused, match="outside the classes"):
        dataset_of([0, 1], annotators={"other": np.array([0, 5])})
    kept = dataset_of([0, 1], annotators={"other": np.array([1, MISSING])})
    assert kept.annotators["other"].tolist() == [1, -1]


def test_three_texts_are_no_sample():
    with pytest.raises(LabelsRefused, match="one or two texts"):
        dataset_of([0], texts=[["a"], ["b"], ["c"]])


def test_labelled_is_false_where_any_label_is_missing():
    assert dataset_of([0, MISSING]).labelled.tolist() == [True, False]
    cells = dataset_of([[1, 0], [1, MISSING]], ("a", "b"))
    assert cells.labelled.tolist() == [True, False]


def test_label_names_are_in_class_order():
    single = dataset_of([1, MISSING])
    assert [single.label_names(single.given, row) for row in (0, 1)] == [("yes",), ()]
    cells = dataset_of([[1, 0, 1], [0, 0, 0]], ("c", "b", "a"))
    assert [cells.label_names(cells.given, row) for row in (0, 1)] == [("c", "a"), ()]


def test_the_fingerprint_is_the_same_in_every_version():
    assert dataset_of([0, 1]).fingerprint == "113fd6b3b1b70909"


@pytest.mark.parametrize(
    "other",
    [
        dataset_of([1, 0]),
        dataset_of([0, 1], task="multiclass"),
        dataset_of([0, 1], ("yes", "no")),
        dataset_of([0, 1], texts=[["text 0", "text 2"]]),
        dataset_of([0, 1], texts=[["text 0text 1", ""]]),
        dataset_of([0, 1], texts=[["text 0", "text 1"], ["", ""]]),
        dataset_of([0, 1, 1]),
    ],
)
def test_the_fingerprint_changes_with_labels_task_classes_and_texts(other: Dataset):
    assert other.fingerprint != dataset_of([0, 1]).fingerprint


@given(st.lists(st.tuples(TEXT, TEXT), min_size=2, max_size=2, unique=True))
def test_the_sample_hash_tells_pairs_apart(pairs: list[tuple[str, str]]):
    left, right = zip(*pairs, strict=True)
    data = dataset_of([0, 1], texts=[left, right])
    assert data.sample_hash(0) != data.sample_hash(1)


def test_the_sample_hash_does_not_depend_on_label_or_id():
    one = dataset_of([0, 1], texts=[["same", "same"]])
    assert one.sample_hash(0) == one.sample_hash(1)
    assert len(one.sample_hash(0)) == 16


def test_shares_of_votes():
    votes = np.array([[3, 1], [0, 0]])
    data = dataset_of([0, 1], votes=votes)
    assert data.vote_shares is not None
    assert str(data.vote_shares.tolist()) == "[[0.75, 0.25], [nan, nan]]"
    several = dataset_of([[0, 1], [1, 1]], votes=votes, voters=np.array([4, 2]))
    assert several.vote_shares is not None
    assert several.vote_shares.tolist() == [[0.75, 0.25], [0.0, 0.0]]
    assert dataset_of([[0, 1], [1, 1]], votes=votes).vote_shares is None
    assert dataset_of([0, 1]).vote_shares is None


@pytest.mark.bad_input("F01", "F06")
@pytest.mark.parametrize(
    ("more", "what"),
    [
        ({"soft": [[0.5, 0.4], [1, 0]]}, "1 soft labels are no distribution"),
        ({"soft": [[2.0, -1.0], [1, 0]]}, "below 0"),
        ({"soft": [[np.nan, 1.0], [1, 0]]}, "1 soft labels are no distribution"),
        ({"soft": [[1.0, 0.0]]}, "1 by 2, expected 2 by 2 (samples, classes)"),
        ({"votes": [[1, -1], [0, 0]]}, "below 0"),
        ({"votes": [1, 2]}, "shape 2, expected 2 by 2"),
        ({"voters": [1]}, "shape 1, expected 2 (samples)"),
    ],
)
def test_shares_that_do_not_fit(more, what):
    with pytest.raises(LabelsRefused) as refused:
        dataset_of([0, 1], **{name: np.array(value) for name, value in more.items()})
    assert what in refused.value.what


def test_a_soft_label_counts_for_the_fingerprint_and_votes_do_not():
    plain = dataset_of([0, 1]).fingerprint
    soft = dataset_of([0, 1], soft=np.array([[0.9, 0.1], [np.nan, np.nan]]))
    assert soft.fingerprint != plain
    assert dataset_of([0, 1], votes=np.zeros((2, 2), dtype=np.int64)).fingerprint == plain


def test_the_fingerprint_stays_what_it_was():
    """Runs and probabilities on disk belong to datasets by it."""
    data = dataset_of([0, 1, -1], texts=[["a", "中 \ud83d", ""]])
    assert data.fingerprint == "12f0c62f45845893"


PLAIN = dataset_of([0, 1])
MORE: dict[str, Any] = {
    "annotators": {"other": np.array([0, 1])},
    "confidence": np.array([0.5, np.nan]),
    "slices": {"place": strings(["p", ""])},
    "group": strings(["g", ""]),
    "split": strings(["train", ""]),
    "votes": np.array([[1, 0], [0, 2]]),
    "voters": np.array([1, 2]),
    "weight": np.array([1.0, 0.5]),
}


def test_the_content_changes_with_every_field_and_the_fingerprint_with_those_a_model_learns_from():
    learned = {"task", "classes", "ids", "texts", "given", "soft"}
    assert {each.name for each in fields(Dataset)} == learned | set(MORE)
    for name, value in MORE.items():
        other = dataset_of([0, 1], **{name: value})
        assert other.content != PLAIN.content
        assert other.fingerprint == PLAIN.fingerprint
    soft = dataset_of([0, 1], soft=np.array([[0.9, 0.1], [0.2, 0.8]]))
    assert soft.content != PLAIN.content


def test_what_labels_are_judged_by_does_not_change_with_what_tells_samples_apart():
    for more in ({"slices": {"a": strings(["x", "y"])}}, {"split": strings(["train", "test"])}):
        assert dataset_of([0, 1], **more).judged == PLAIN.judged
        assert dataset_of([0, 1], **more).content != PLAIN.content
    voted = dataset_of([0, 1], annotators={"a": np.array([0, 1])})
    assert voted.judged != PLAIN.judged


def test_the_content_tells_values_and_names_apart():
    one = dataset_of([0, 1], slices={"a": strings(["x", "y"])})
    for slices in ({"b": ["x", "y"]}, {"a": ["y", "x"]}, {"a": ["xy", ""]}):
        named = {name: strings(each) for name, each in slices.items()}
        assert dataset_of([0, 1], slices=named).content != one.content
    assert dataset_of([0, 1], group=strings(["", ""])).content == PLAIN.content
    assert dataset_of([0, 1]).content == PLAIN.content


def test_a_hash_of_fields_is_empty_where_they_hold_nothing():
    assert dataset_of([0, 1]).hash_of("group") == ""
    assert dataset_of([0, 1], group=strings(["", ""])).hash_of("group") == ""
    grouped = dataset_of([0, 1], group=strings(["a", "b"]))
    assert len(grouped.hash_of("group")) == 16
    assert grouped.hash_of("group") != dataset_of([0, 1], group=strings(["b", "a"])).hash_of(
        "group"
    )
