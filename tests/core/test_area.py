from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelviz.core.area import MOST_CORNERS, Area

CORNER = st.tuples(st.integers(-100, 1100), st.integers(-100, 1100))


def area(*corners: tuple[int, int]) -> Area:
    return Area("1a2b3c4d", corners)


@given(st.lists(CORNER, min_size=3, max_size=MOST_CORNERS))
def test_an_area_survives_its_link(corners: list[tuple[int, int]]):
    assert Area.read(area(*corners).as_text) == area(*corners)


@pytest.mark.parametrize(
    "text",
    [
        "", "x", "1a2b3c4d", "1a2b3c4d_1.2_3.4", "1A2B3C4D_1.2_3.4_5.6", "1a2b3c4_1.2_3.4_5.6",
        "1a2b3c4d_1.2_3.4_5", "1a2b3c4d_1.2_3.4_5.6.7", "1a2b3c4d_1.2_3.4_5.x",
        "1a2b3c4d_1.2_3.4_1101.6", "1a2b3c4d_1.2_3.4_--5.6", "1a2b3c4d_1.2_3.4_٣.6",
        "1a2b3c4d_" + "_".join(["1.2"] * (MOST_CORNERS + 1)),
    ],
)  # fmt: skip
def test_what_is_no_area_is_none(text: str):
    assert Area.read(text) is None


def test_the_outline_is_closed():
    assert area((0, 0), (500, 0), (0, 250)).outline == ([0, 0.5, 0, 0], [0, 0, 0.25, 0])
