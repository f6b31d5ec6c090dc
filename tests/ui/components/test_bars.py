"""One bar per class, in class order and in the class's colour."""

from __future__ import annotations

import re

import numpy as np

from labelviz.charts.palette import class_colour
from labelviz.ui.components import bars


def test_widths_numbers_and_colours_follow_the_classes() -> None:
    markup = bars.markup(("no", "yes"), np.array([0.25, 0.75]))
    assert re.findall(r"width:([\d.]+)%", markup) == ["25.0", "75.0"]
    assert re.findall(r"background:(#\w+)", markup) == [class_colour(0), class_colour(1)]
    assert re.findall(r">(\d\.\d\d)<", markup) == ["0.25", "0.75"]


def test_of_many_classes_the_largest_stay_in_class_order() -> None:
    names = tuple(f"class {k:02d}" for k in range(20))
    values = np.arange(20) / 190
    shown = re.findall(r'title="([^"]+)"', bars.markup(names, values))
    assert shown == [f"class {k}" for k in range(12, 20)]


def test_a_given_class_is_always_shown_and_what_is_left_out_is_told() -> None:
    names = tuple(f"class {k:02d}" for k in range(20))
    markup = bars.markup(names, np.arange(20) / 190, given=("class 03",))
    shown = re.findall(r'title="([^"]+)"', markup)
    assert shown == ["class 03", *(f"class {k}" for k in range(12, 20))]
    assert markup.endswith('<div class="lv-quiet">11 more, none above 0.06</div>')
    assert "more" not in bars.markup(("no", "yes"), np.array([0.25, 0.75]), given=("no",))


def test_an_unknown_cell_says_so_and_a_name_is_literal() -> None:
    markup = bars.markup(("<b>", "c"), np.array([np.nan, 1.0]))
    assert "?" in markup
    assert "<b>" not in markup
