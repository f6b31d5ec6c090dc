from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelviz.core.dataset import MISSING
from labelviz.core.decisions import STATUSES, Decision, Review
from labelviz.core.roles import Member
from labelviz.core.statuses import SETTLED, Statuses, true_labels
from tests.conftest import dataset_of, decision_of

DATA = dataset_of([0, 1, 1, 0, 1, 0, MISSING])
EVENTS = [
    decision_of("1", "s0", "keep", label=("no",), sequence=1),
    decision_of("2", "s1", "choose", label=("no",), sequence=2),
    decision_of("3", "s2", "soften", target={"no": 0.2, "yes": 0.8}, sequence=3),
    decision_of("4", "s3", "soften", target={"no": 0.5, "yes": 0.5}, sequence=4),
    decision_of("5", "s4", "exclude", sequence=5),
    decision_of("6", "s6", "soften", target={"no": 0.9, "yes": 0.1}, sequence=6),
    decision_of("7", "gone", "keep", label=("no",), sequence=7),
]


def names(found: Statuses) -> list[str]:
    return [STATUSES[code] for code in found.status]


def test_every_sample_has_a_status_and_a_verdict_on_its_label():
    found = Statuses.of(Review(DATA, EVENTS))
    assert names(found) == [
        "kept", "corrected", "softened", "softened", "excluded", "unreviewed", "softened",
    ]  # fmt: skip
    assert found.wrong.tolist() == [0, 1, 0, -1, -1, -1, -1]
    assert found.count("softened") == 3
    assert found.answers.tolist() == [1, 1, 1, 1, 1, 0, 1]
    assert not found.status.flags.writeable


def test_answers_are_counted_by_person_until_it_is_settled_for_everybody():
    events = [
        decision_of("1", "s0", "keep", label=("no",), sequence=1),
        decision_of("2", "s0", "unsure", reviewer="bob", sequence=2),
        decision_of("3", "s0", "keep", label=("no",), sequence=3),
    ]
    assert Statuses.of(Review(DATA, events)).answers[0] == 2
    final = decision_of("4", "s0", "keep", label=("no",), final=True, sequence=4)
    assert Statuses.of(Review(DATA, [*events, final])).answers[0] == SETTLED


def test_true_labels_are_what_reviewers_settled():
    rows = np.array([0, 1, 2, 3, 4, 5, 6])
    assert true_labels(Review(DATA, EVENTS), rows).tolist() == [
        0, 0, 1, MISSING, MISSING, MISSING, 0,
    ]  # fmt: skip


def test_true_labels_of_several_are_cells():
    data = dataset_of([[1, 0], [0, 1], [0, 0], [1, 1]], ("a", "b"))
    events = [
        decision_of("1", "s0", "choose", label=(), sequence=1),
        decision_of("2", "s1", "choose", label=("a", "b"), sequence=2),
        decision_of("3", "s2", "soften", target={"a": 0.5, "b": 0.7}, sequence=3),
    ]
    assert true_labels(Review(data, events), np.array([3, 0, 1, 2])).tolist() == [
        [MISSING, MISSING], [0, 0], [1, 1], [MISSING, 1],
    ]  # fmt: skip


def test_a_softened_label_is_wrong_where_another_class_leads():
    softened = decision_of("1", "s0", "soften", target={"no": 0.3, "yes": 0.7}, sequence=1)
    assert Statuses.of(Review(DATA, [softened])).wrong[0] == 1


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ({"a": 0.9, "b": 0.2}, 0),
        ({"a": 0.9, "b": 0.8}, 1),
        ({"a": 0.9, "b": 0.5}, -1),
    ],
)
def test_of_several_labels_one_wrong_cell_is_enough(target, expected):
    data = dataset_of([[1, 0]], ("a", "b"))
    softened = decision_of("1", "s0", "soften", target=target, sequence=1)
    assert Statuses.of(Review(data, [softened])).wrong.tolist() == [expected]


def test_one_sample_after_another_stands_as_all_at_once():
    found = Statuses.of(Review(DATA))
    for count, event in enumerate(EVENTS, start=1):
        found = found.after(Review(DATA, EVENTS[:count]), [event.sample])
    undone = [*EVENTS, decision_of("8", "s0", "undo", undoes="1", sequence=8)]
    found = found.after(Review(DATA, undone), ["s0"])
    whole = Statuses.of(Review(DATA, undone))
    assert np.array_equal(found.status, whole.status)
    assert np.array_equal(found.wrong, whole.wrong)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 3)), max_size=12))
def test_who_decided_is_kept_as_decisions_come_and_go(said):
    data = dataset_of([0, 1, 0, 1])
    events: list[Decision] = []
    review = Review(data)
    now = Statuses.of(review)
    for number, (name, row) in enumerate(said, 1):
        mine = review.undoable(name)
        undone = {"verdict": "undo", "undoes": mine.step} if mine and number % 3 == 0 else {}
        more = {"verdict": "unsure", **undone, "reviewer": name, "sequence": number}
        sample = mine.sample if mine and undone else f"s{row}"
        events.append(decision_of(str(number), sample, **more))
        review = Review(data, events)
        now = now.after(review, {sample})
    for name in "abc":
        expected = [review.by(name, f"s{row}") is not None for row in range(4)]
        assert now.by(name).tolist() == expected


def test_what_waits_to_be_settled_waits_for_those_who_may_settle_it():
    said = [
        decision_of(name + sample, sample, "choose", label=(label,), reviewer=name, sequence=turn)
        for turn, (name, sample, label) in enumerate(
            [("ann", "s0", "no"), ("bob", "s0", "yes"), ("ann", "s1", "no"), ("cy", "s1", "yes"),
             ("bob", "s2", "no")], start=1,
        )
    ]  # fmt: skip
    statuses = Statuses.of(Review(DATA, said))

    def waiting(reviewer: str, member: Member) -> list[int]:
        return np.flatnonzero(statuses.to_settle(reviewer, member)).tolist()

    assert waiting("bob", Member("adjudicator")) == [1]
    assert waiting("bob", Member("owner", settles_own=True)) == [0, 1]
    assert waiting("eve", Member("owner")) == [0, 1]
    assert waiting("bob", Member("reviewer", settles_own=True)) == []
