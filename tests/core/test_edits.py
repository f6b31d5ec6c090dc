"""What reviewers made of every sample."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from labelviz.core.dataset import MISSING
from labelviz.core.decisions import Review
from labelviz.core.edits import ACTIONS, Edits
from labelviz.core.statuses import true_labels
from tests.conftest import dataset_of, decision_of

DATA = dataset_of([0, 0, 0, 0, 0, 0, 0, 1])
EVENTS = [
    decision_of("1", "s0", "keep", label=("no",), sequence=1),
    decision_of("2", "s1", "accept", label=("yes",), sequence=2),
    decision_of("3", "s2", "choose", label=("yes",), sequence=3),
    decision_of("4", "s3", "soften", target={"no": 0.2, "yes": 0.8}, sequence=4),
    decision_of("5", "s4", "exclude", sequence=5),
    decision_of("6", "s5", "unsure", sequence=6),
    decision_of("7", "s6", "keep", label=("no",), sequence=7),
    decision_of("8", "s6", "choose", label=("yes",), reviewer="bob", sequence=8),
    decision_of("9", "s7", "accept", label=("yes",), sequence=9),
]


def names(edits: Edits) -> list[str]:
    return [ACTIONS[code] if code >= 0 else "" for code in edits.action]


def test_every_action_is_told_apart_and_what_is_not_settled_is_none():
    found = Edits.of(Review(DATA, EVENTS))
    assert names(found) == [
        "kept", "accepted", "corrected", "softened", "excluded", "", "", "kept",
    ]  # fmt: skip
    assert found.said[:4].tolist() == [[1, 0], [0, 1], [0, 1], [0.2, 0.8]]
    assert np.isnan(found.said[4:7]).all()
    assert found.settled.tolist() == [True] * 5 + [False, False, True]
    assert found.answered.tolist() == [True] * 4 + [False] * 3 + [True]
    assert found.changing.tolist() == [False, True, True, True, True, False, False, False]


def test_labels_after_review_are_those_that_people_left():
    found = Edits.of(Review(DATA, EVENTS)).labels(DATA)
    assert found.tolist() == [0, 1, 1, 1, MISSING, 0, 0, 1]
    tied = decision_of("1", "s0", "soften", target={"no": 0.5, "yes": 0.5}, sequence=1)
    assert Edits.of(Review(DATA, [tied])).labels(DATA)[0] == MISSING


def test_labels_after_review_of_several_are_cells():
    data = dataset_of([[1, 0], [0, 1], [0, 0]], ("a", "b"))
    events = [
        decision_of("1", "s0", "choose", label=("a", "b"), sequence=1),
        decision_of("2", "s1", "soften", target={"a": 0.5, "b": 0.7}, sequence=2),
        decision_of("3", "s2", "exclude", sequence=3),
    ]
    found = Edits.of(Review(data, events)).labels(data)
    assert found.tolist() == [[1, 1], [MISSING, 1], [MISSING, MISSING]]


def test_since_then_are_those_that_say_otherwise():
    before = Edits.of(Review(DATA, EVENTS[:5]))
    again = [
        decision_of("10", "s0", "keep", label=("no",), sequence=10),  # the same again
        decision_of("11", "s1", "choose", label=("yes",), sequence=11),  # the same by another key
        decision_of("12", "s2", "keep", label=("no",), sequence=12),
        decision_of("13", "s3", "exclude", sequence=13),
    ]
    found = Edits.of(Review(DATA, [*EVENTS[:5], *again])).since(before)
    assert names(found) == ["", "", "kept", "excluded", "", "", "", ""]
    assert found.since(found).settled.sum() == 0


VERDICTS = st.sampled_from(["keep", "accept", "choose", "soften", "exclude", "unsure"])


@given(st.lists(VERDICTS, min_size=8, max_size=8), st.lists(st.booleans(), min_size=8, max_size=8))
def test_labels_agree_with_what_was_settled_and_else_with_the_given(verdicts, yes):
    events = []
    for n, (verdict, leans) in enumerate(zip(verdicts, yes, strict=True)):
        more = {"label": ("yes",) if leans else ("no",)} if verdict in ("accept", "choose") else {}
        if verdict == "keep":
            more = {"label": (DATA.classes[DATA.given[n]],)}
        if verdict == "soften":
            more = {"target": {"no": 0.3, "yes": 0.7} if leans else {"no": 0.9, "yes": 0.1}}
        events.append(decision_of(str(n), f"s{n}", verdict, sequence=n + 1, **more))
    review = Review(DATA, events)
    edits, truth = Edits.of(review), true_labels(review, np.arange(8))
    labels = edits.labels(DATA)
    assert (labels[edits.answered] == truth[edits.answered]).all()
    assert (labels[~edits.settled] == DATA.given[~edits.settled]).all()
    assert (labels[edits.settled & ~edits.answered] == MISSING).all()
    assert (edits.changing <= edits.settled).all()
    whole = edits.since(Edits.of(Review(DATA)))
    assert names(whole) == names(edits)
