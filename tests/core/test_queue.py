from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelviz.core.queue import REGIONS, SHOWS, SORTS, Queue
from labelviz.errors import RequestRefused

QUEUES = st.builds(
    Queue,
    show=st.sampled_from(SHOWS),
    sort=st.sampled_from(SORTS),
    reverse=st.booleans(),
    given=st.text(max_size=5),
    predicted=st.text(max_size=5),
    low=st.floats(0, 1),
    high=st.floats(0, 1),
    slice=st.text(max_size=5),
    value=st.text(max_size=5),
    text=st.text(max_size=5),
    reason=st.text(max_size=5),
    column=st.text(max_size=5),
    cell=st.text(max_size=5),
    by=st.text(max_size=5),
    region=st.sampled_from(("", *REGIONS)),
    confidence_low=st.floats(0, 1),
    confidence_high=st.floats(0, 1),
    variability_low=st.floats(0, 0.5),
    variability_high=st.floats(0, 0.5),
    area=st.sampled_from(("", "1a2b3c4d_0.0_500.0_500.700")),
)


@given(QUEUES)
def test_a_queue_survives_its_url(queue: Queue):
    assert Queue.from_query(queue.to_query()) == queue


def test_the_plain_queue_needs_no_url():
    assert Queue().to_query() == {}
    assert Queue.from_query({"workspace": "x", "sample": "7"}) == Queue()


@pytest.mark.bad_input("I21")
@pytest.mark.parametrize(
    "query",
    [
        {"show": "everything"},
        {"sort": "-1; drop table event"},
        {"reverse": "perhaps"},
        {"area": "1a2b3c4d_0.0_500.0"},
        {"low": "nan"},
        {"low": "-1", "high": "2"},
        {"high": "a lot"},
        {"low": "1e999"},
        {"region": "nowhere"},
        {"confidence_low": "nan", "variability_high": "0.51"},
        {"text": "x" * 10_001, "by": "y" * 1_000_000, "column": "z" * 10_001},
    ],
)
def test_what_a_url_says_wrongly_counts_as_not_said(query):
    assert Queue.from_query(query) == Queue()


@pytest.mark.parametrize(
    ("queue", "narrowed"),
    [({}, False), ({"show": "all", "sort": "file", "reverse": True}, False), ({"text": "x"}, True)],
)
def test_a_queue_knows_whether_it_is_narrowed(queue, narrowed):
    assert Queue(**queue).narrowed is narrowed


@pytest.mark.parametrize(
    ("queue", "field"),
    [({"show": "some"}, "show"), ({"sort": "best"}, "sort"), ({"low": 2.0}, "low"),
     ({"variability_high": 0.6}, "variability_high"), ({"region": "far"}, "region"),
     ({"area": "here"}, "area")],
)  # fmt: skip
def test_a_queue_out_of_range_is_refused_with_its_field(queue, field):
    with pytest.raises(RequestRefused) as refused:
        Queue(**queue)
    assert refused.value.field == field
