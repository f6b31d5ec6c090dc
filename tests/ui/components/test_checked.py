"""What was checked, in words."""

from __future__ import annotations

from dataclasses import replace

from labelviz.ui.components.checked import kind_of_score, news
from tests.ui.components.test_reasons import suspicion_of


def test_a_score_says_whether_it_is_a_probability():
    found = suspicion_of([""])
    assert "relative score" in kind_of_score(found)
    assert "probability that the label is wrong" in kind_of_score(replace(found, calibrated=True))


def test_new_reviews_are_news():
    assert news(0) == ""
    assert news(1) == "1 review is newer than the flags, which learn by themselves after every 25."
    assert news(2_000).startswith("2,000 reviews are newer")
