from __future__ import annotations

import re

from labelviz.charts.palette import ACCENT, QUIET, class_colour, class_colours, set_colours


def luminance(colour: str) -> float:
    """Relative luminance of the sRGB standard."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_the_first_colours_are_okabe_and_itos():
    assert class_colours(3) == ["#0072b2", "#e69f00", "#009e73"]


def test_twenty_four_classes_never_share_a_colour():
    colours = class_colours(24)
    assert len(set(colours)) == 24
    assert all(re.fullmatch("#[0-9a-f]{6}", colour) for colour in colours)


def test_later_rounds_keep_the_hue_and_change_the_lightness():
    first, darker, lighter = class_colour(0), class_colour(8), class_colour(16)
    assert darker == "#00507d"
    assert lighter == "#4c9cc9"
    assert luminance(darker) < luminance(first) < luminance(lighter)


def test_a_thousandth_class_still_has_a_colour():
    assert re.fullmatch("#[0-9a-f]{6}", class_colour(999))


def test_the_first_eight_stand_out_from_white_and_from_black():
    for colour in class_colours(8):
        light = luminance(colour)
        assert 1.05 / (light + 0.05) > 1.9
        assert (light + 0.05) / 0.05 > 3


def test_the_first_set_of_targets_is_quiet_and_the_others_differ():
    assert set_colours(0) == []
    assert set_colours(2) == [QUIET, ACCENT]
    assert len(set(set_colours(6))) == 6
