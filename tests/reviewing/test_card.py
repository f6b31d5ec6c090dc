from __future__ import annotations

import numpy as np

from labelviz.project.workspace import Workspace
from labelviz.reviewing.card import annotator_shares, label_row, unknown_row
from tests.conftest import dataset_of, decision_of
from tests.reviewing.conftest import Reviewer

SINGLE = dataset_of(
    [1, -1], annotators={"a": np.array([0, -1]), "b": np.array([1, -1]), "c": np.array([1, -1])}
)
SEVERAL = dataset_of([[1, 0, 1], [-1, 0, 0]], ("x", "y", "z"))


def test_a_label_as_a_row():
    assert label_row(SINGLE, SINGLE.given, 0).tolist() == [0, 1]
    assert label_row(SINGLE, SINGLE.given, 1) is None
    assert label_row(SEVERAL, SEVERAL.given, 0).tolist() == [1, 0, 1]
    assert label_row(SEVERAL, SEVERAL.given, 1) is None


def test_the_shares_of_annotators_count_those_who_said_something():
    np.testing.assert_allclose(annotator_shares(SINGLE, 0), [1 / 3, 2 / 3])
    assert annotator_shares(SINGLE, 1) is None
    assert annotator_shares(SEVERAL, 0) is None


def test_before_anybody_said_anything_all_classes_are_alike():
    assert unknown_row(SINGLE).tolist() == [0.5, 0.5]
    assert unknown_row(SEVERAL).tolist() == [0, 0, 0]


def test_a_card_knows_the_labels_and_what_a_decision_would_replace(space: Workspace):
    me = Reviewer(space, sample="3")
    assert (me.shown.given, me.shown.suggested, me.shown.classes_given) == (("yes",), ("no",), (1,))
    assert (me.shown.expected, me.shown.target.tolist()) == (0, [0, 1])
    saved = space.decide(decision_of("1", "3", "exclude", reviewer="me"))
    assert me.look().shown.expected == saved.sequence


def test_an_adjudicator_replaces_the_final_decision_and_not_their_own(space: Workspace):
    for number, (name, label) in enumerate((("ann", "no"), ("bob", "yes"))):
        space.decide(decision_of(str(number), "3", "choose", label=(label,), reviewer=name))
    assert Reviewer(space, "ann", show="disputed").shown.expected == 0


def test_one_card_leads_to_one_operation_until_it_was_decided(space: Workspace):
    me = Reviewer(space)
    first = me.shown.operation
    assert me.look().shown.operation == first
    assert me.press("keep").shown.operation != first
