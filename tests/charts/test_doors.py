from __future__ import annotations

import pytest

from labelviz.charts.doors import behind, door
from labelviz.core.queue import Queue


@pytest.mark.parametrize(
    "queue",
    [
        Queue(show="all", given="a&b=c", predicted="<b> %{x} $1$"),
        Queue(show="all", low=0.15, high=0.19999999999999998),
        Queue(show="all", slice="city", value="停车 场+"),
        Queue(show="all", slice="city", value=""),
        Queue(),
    ],
)
def test_a_door_leads_to_its_queue(queue):
    assert behind(door(queue)) == queue


def test_the_browser_may_wrap_the_customdata_in_a_list():
    assert behind([door(Queue(given="a"))]) == Queue(given="a")


@pytest.mark.parametrize("nothing", [None, [], {}, 3])
def test_a_mark_without_customdata_is_no_door(nothing):
    assert behind(nothing) is None


def test_what_a_browser_makes_up_counts_as_not_said():
    assert behind("show=everything&low=7&drop=table") == Queue()
