from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial import Delaunay

from labelviz.core.area import MOST_CORNERS, Area
from labelviz.core.layout import Layout

POINTS = np.random.default_rng(0).random((400, 2)).astype(np.float32)
LAYOUT = Layout(POINTS[:, 0], POINTS[:, 1], "a test")
CORNER = st.tuples(st.integers(-100, 1100), st.integers(-100, 1100))


def area(*corners: tuple[int, int]) -> Area:
    return Area(LAYOUT.mark, corners)


def test_a_square_with_a_bay_by_hand():
    x = [0.5, 0.5, 0.15, 0.85, 0.05]
    y = [0.15, 0.6, 0.5, 0.5, 0.5]
    layout = Layout(np.array(x), np.array(y))
    bay = Area(layout.mark, ((100, 100), (900, 100), (900, 900), (500, 200), (100, 900)))
    assert layout.inside(bay).tolist() == [True, False, True, True, False]


@given(st.lists(CORNER, min_size=3, max_size=3, unique=True))
def test_a_triangle_holds_what_its_simplex_holds(corners: list[tuple[int, int]]):
    ends = np.array(corners) / 1_000
    (ax, ay), (bx, by) = ends[1] - ends[0], ends[2] - ends[0]
    if abs(ax * by - ay * bx) < 1e-4:
        return
    expected = Delaunay(ends).find_simplex(POINTS.astype(np.float64)) >= 0
    assert LAYOUT.inside(area(*corners)).tolist() == expected.tolist()


@given(st.lists(CORNER, min_size=4, max_size=4, unique=True))
def test_the_order_in_which_a_line_is_drawn_does_not_matter(corners: list[tuple[int, int]]):
    once = LAYOUT.inside(area(*corners))
    assert (LAYOUT.inside(area(*corners[::-1])) == once).all()
    assert (LAYOUT.inside(area(*corners[2:], *corners[:2])) == once).all()


def test_an_area_of_another_layout_holds_nothing():
    other = Layout(POINTS[:, 1], POINTS[:, 0])
    everything = area((-50, -50), (1050, -50), (1050, 1050), (-50, 1050))
    assert LAYOUT.inside(everything).all()
    assert not other.inside(everything).any()


def test_a_drawn_circle_keeps_its_shape_with_few_corners():
    angle = np.linspace(0, 2 * np.pi, 2_000, endpoint=False)
    x, y = 0.5 + 0.4 * np.cos(angle), 0.5 + 0.4 * np.sin(angle)
    drawn = LAYOUT.enclosed(x, y)
    assert drawn is not None
    assert len(drawn.corners) < 60
    away = np.hypot(POINTS[:, 0] - 0.5, POINTS[:, 1] - 0.5)
    clear = np.abs(away - 0.4) > 0.004
    assert (LAYOUT.inside(drawn) == (away < 0.4))[clear].all()


def test_a_scribble_has_no_more_corners_than_a_link_can_name():
    x, y = np.random.default_rng(1).random((2, 3_000))
    drawn = LAYOUT.enclosed(x, y)
    assert drawn is not None
    assert 3 <= len(drawn.corners) <= MOST_CORNERS
    assert Area.read(drawn.as_text) == drawn


@pytest.mark.parametrize(
    ("x", "y"), [([], []), ([0.5], [0.5]), ([0.1, 0.9], [0.1, 0.9]), ([0.1] * 9, [0.2] * 9),
                 ([np.nan, np.inf, 0.1], [0.1, 0.2, 0.3])],
)  # fmt: skip
def test_a_line_that_encloses_nothing_is_no_area(x: list[float], y: list[float]):
    assert LAYOUT.enclosed(x, y) is None
