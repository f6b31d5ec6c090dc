from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelviz.errors import NotSaved
from labelviz.store import DecisionStore
from labelviz.store.assignments import deal
from labelviz.store.limits import LONGEST_ID


def test_where_nothing_was_dealt_nobody_has_anything(store: DecisionStore):
    assert store.assignments.of("ann") is None
    assert store.assignments.of_others("ann") == ()
    assert store.assignments.people() == frozenset()
    assert not store.assignments.exist()


def test_what_was_dealt_is_theirs_in_place_of_what_was_dealt_before(store: DecisionStore):
    store.assignments.assign([("s9", "eve")])
    store.assignments.assign([("s0", "bob"), ("s1", "ann"), ("s1", "bob")])
    assert store.assignments.exist()
    assert store.assignments.people() == {"ann", "bob"}
    assert store.assignments.of("ann") == ("s1",)
    assert sorted(store.assignments.of("bob") or ()) == ["s0", "s1"]
    assert store.assignments.of("eve") == ()
    assert store.assignments.of_others("ann") == ("s0",)
    assert sorted(store.assignments.of_others("eve")) == ["s0", "s1"]


@pytest.mark.parametrize("dealt", [("s" * (LONGEST_ID + 1), "ann"), ("s0", "a\nb")])
def test_what_no_store_takes_is_not_dealt_and_nothing_else_either(store: DecisionStore, dealt):
    with pytest.raises(NotSaved):
        store.assignments.assign([("s1", "ann"), dealt])
    assert not store.assignments.exist()


@given(st.integers(0, 30), st.integers(1, 6), st.data())
def test_everybody_is_dealt_as_many_and_every_sample_the_overlap(size, people, data):
    names = [f"p{n}" for n in range(people)]
    overlap = data.draw(st.integers(1, people))
    dealt = deal([f"s{n}" for n in range(size)], names, overlap)
    assert len(set(dealt)) == len(dealt) == size * overlap
    loads = Counter(person for _, person in dealt)
    assert max(loads.values(), default=0) - min(map(loads.__getitem__, names)) <= overlap
