from __future__ import annotations

from dataclasses import replace

from labelviz.core.decisions import Decision, Review
from labelviz.core.statuses import Statuses
from labelviz.core.workload import Workload, workloads
from tests.conftest import dataset_of, decision_of

DATASET = dataset_of([0, 0, 1, 1])


def events(*said: Decision) -> list[Decision]:
    """At ten seconds' distance."""
    return [
        replace(each, sequence=turn, decided_at=f"2026-01-02T03:{turn // 6:02}:{turn % 6}0+00:00")
        for turn, each in enumerate(said, start=1)
    ]


def found(*said: Decision, people=("ann", "bob"), dealt=None):
    review = Review(DATASET, events(*said))
    return workloads(review, Statuses.of(review), people, dealt)


def test_who_did_nothing_has_nothing():
    assert found() == (Workload("ann", 0), Workload("bob", 0))


def test_what_each_did_is_counted_who_did_most_first():
    ann, bob = (
        Workload("ann", 1, latest="2026-01-02T03:00:10+00:00"),
        Workload("bob", 2, seconds=10.0, latest="2026-01-02T03:00:30+00:00"),
    )
    said = [decision_of("1"), *(decision_of(s, s, reviewer="bob") for s in ("s1", "s2"))]
    assert found(*said) == (bob, ann)


def test_what_was_undone_does_not_count_but_was_done():
    said = (decision_of("1"), decision_of("2", verdict="undo", undoes="1"))
    assert found(*said, people=["ann"]) == (Workload("ann", 0, latest="2026-01-02T03:00:20+00:00"),)


def test_of_what_was_dealt_to_somebody_so_many_wait_for_them():
    dealt = {"ann": ["s0", "s1", "gone"]}
    ann, bob = found(decision_of("1"), decision_of("2", "s3"), dealt=dealt)
    assert (ann.dealt, ann.waiting) == (2, 1)
    assert (bob.dealt, bob.waiting) == (0, 0)


def test_what_others_settled_otherwise_is_told_and_what_one_settled_oneself_is_not():
    said = [
        decision_of("a0", "s0", "choose", label=("no",)),
        decision_of("b0", "s0", "choose", label=("yes",), reviewer="bob"),
        decision_of("a1", "s1", "choose", label=("no",)),
        decision_of("f0", "s0", "choose", label=("yes",), reviewer="eve", final=True),
        decision_of("f1", "s1", "choose", label=("yes",), reviewer="ann", final=True),
    ]
    ann, bob, eve = found(*said, people=("ann", "bob", "eve"))
    assert (ann.decided, ann.settled, ann.overruled) == (2, 1, 1)
    assert (bob.decided, bob.settled, bob.overruled) == (1, 1, 0)
    assert (eve.decided, eve.settled, eve.overruled) == (0, 0, 0)
