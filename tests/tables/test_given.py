from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given as assume_given
from hypothesis import strategies as st

from labelviz.core.dataset import MISSING
from labelviz.tables.columns import Columns
from labelviz.tables.given import TIED, Given, given_labels, hardened, reading_of, tied


def made(cells: dict[str, list[str]], **columns) -> tuple[Given, tuple[str, ...]]:
    frame = pd.DataFrame(cells, dtype=object)
    named = Columns("text", **columns)
    reading = reading_of(frame, named)
    return given_labels(frame, named, reading), reading.classes


SOFT = {"soft_no": ["0.5", "0.2", "0.9"], "soft_yes": ["0.5", "0.8", "0.1"]}


@pytest.mark.bad_input("P08")
def test_a_tie_names_no_class_and_is_said():
    given, classes = made(SOFT, soft=("soft_no", "soft_yes"))
    assert classes == ("no", "yes")
    assert given.values.tolist() == [MISSING, 1, 0]
    assert given.problems == {0: (TIED, "[0.5, 0.5]")}
    assert [(each.count, "--ties first" in each.text) for each in given.notes] == [(1, True)]


@pytest.mark.bad_input("P08")
def test_the_first_of_tied_classes_when_asked():
    given, _ = made(SOFT, soft=("soft_no", "soft_yes"), ties="first")
    assert given.values.tolist() == [0, 1, 0]
    assert given.problems == {}
    assert "the first of these classes is their label" in given.notes[0].text


@pytest.mark.bad_input("P08")
def test_a_tie_does_not_lean_away_from_the_label():
    columns = {**SOFT, "label": ["yes", "no", "no"]}
    given, _ = made(columns, label="label", soft=("soft_no", "soft_yes"))
    assert given.values.tolist() == [1, 0, 0]
    assert [(e.text, e.count) for e in given.notes] == [
        ("soft labels lean to another class than the label", 1)
    ]


@pytest.mark.bad_input("P15")
def test_votes_alone_make_a_label_when_asked():
    votes = {"votes_no": ["3", "1", "1", ""], "votes_yes": ["1", "1", "4", ""]}
    given, classes = made(votes, votes=("votes_no", "votes_yes"), majority=True)
    assert classes == ("no", "yes")
    assert given.values.tolist() == [0, MISSING, 1, MISSING]
    assert {row: reason for row, (reason, _) in given.problems.items()} == {1: TIED, 3: "no label"}
    assert given.soft is None


def test_votes_of_a_known_number_of_people_are_several_labels():
    votes = {"v_a": ["3", "1"], "v_b": ["2", "4"], "n": ["4", "4"]}
    given, _ = made(votes, votes=("v_a", "v_b"), voters="n", majority=True)
    assert given.values.tolist() == [[1, 1], [0, 1]]


@pytest.mark.bad_input("P15")
def test_annotators_alone_make_a_label_when_asked():
    opinions = {"ann": ["x", "y", "", "x"], "bob": ["x", "x", "y", ""], "cy": ["y", "", "", "z"]}
    given, classes = made(opinions, annotators=("ann", "bob", "cy"), majority=True)
    assert classes == ("x", "y", "z")
    assert given.values.tolist() == [0, MISSING, 1, MISSING]


@assume_given(st.lists(st.lists(st.integers(0, 4), min_size=3, max_size=3), min_size=1, max_size=9))
def test_the_label_of_shares_is_their_one_highest_class(counts):
    shares = np.array(counts, np.float64) + 1
    shares /= shares.sum(axis=1, keepdims=True)
    for row, (label, several) in enumerate(
        zip(hardened(shares, multilabel=False, first=False), tied(shares), strict=True)
    ):
        best = [k for k in range(3) if counts[row][k] == max(counts[row])]
        assert several == (len(best) > 1)
        assert label == (MISSING if len(best) > 1 else best[0])
    assert hardened(shares, multilabel=False, first=True).tolist() == [
        each.index(max(each)) for each in counts
    ]
