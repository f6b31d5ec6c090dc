from __future__ import annotations

from dataclasses import replace

from labelviz.core.decisions import Decision
from labelviz.reviewing import Sitting
from labelviz.reviewing.sitting import SPENT, TRAIL, CopiesOnOffer, Held, Order

ORDER = Order("w", "content", "sort=worst", ("model", "flags", None, None))
SITTING = Sitting(
    anchor=3,
    trail=(1, 3),
    control=7,
    held=Held("me", "s3", 0.0),
    operation=("s3", "op"),
    spent=("before",),
    copies=CopiesOnOffer(Decision("before", "s1", "", "keep", "me", ("a",)), (4,)),
).at(ORDER)


def test_the_evidence_of_the_order_stays_what_it_was():
    """Cards keep their places until the queue goes on."""
    assert SITTING.at(replace(ORDER, evidence=("model", "newer flags", None, None))) is SITTING


def test_another_order_of_the_same_dataset_begins_at_its_start():
    other = SITTING.at(replace(ORDER, queue="sort=random"))
    assert (other.anchor, other.trail, other.held) == (None, (), None)  # a first `at` forgot them
    going_on = replace(SITTING, anchor=3, trail=(1, 3), held=Held("me", "s3", 0.0))
    other = going_on.at(replace(ORDER, queue="sort=random"))
    assert other.anchor is None
    assert (other.trail, other.held) == (going_on.trail, going_on.held)


def test_another_dataset_forgets_what_meant_rows_and_samples():
    whole = replace(SITTING, anchor=3, trail=(1,), control=7, held=Held("me", "s3", 0.0),
                    operation=("s3", "op"), copies=CopiesOnOffer(
                        Decision("before", "s1", "", "keep", "me", ("a",)), (4,)))  # fmt: skip
    for order in (replace(ORDER, content="other"), replace(ORDER, workspace="v")):
        other = whole.at(order)
        assert (other.anchor, other.trail, other.control) == (None, (), None)
        assert (other.held, other.operation, other.copies) == (None, None, None)
        assert other.spent == ("before",)


def test_a_visit_is_remembered_once_and_not_for_ever():
    me = Sitting()
    for row in (5, 5, 6):
        me = me.visiting(row, f"s{row}")
    assert (me.trail, me.sample) == ((5, 6), "s6")
    for row in range(2 * TRAIL):
        me = me.visiting(row, f"s{row}")
    assert me.trail == tuple(range(TRAIL, 2 * TRAIL))


def test_a_decision_is_remembered_so_that_a_second_click_is_known():
    me = replace(Sitting(), operation=("s1", "op"))
    for number in range(2 * SPENT):
        me = me.having_decided(str(number))
    assert me.operation is None
    assert me.spent == tuple(map(str, range(SPENT, 2 * SPENT)))
