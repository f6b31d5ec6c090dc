from __future__ import annotations

from labelviz.core.draws import Counted
from labelviz.ui.components.random_samples import drawn_in_words, number, range_in_words, rests_on

FEW = Counted(drawn=12, wrong=1, total=2000, known=5, waiting=1900, low=5, high=800)
ENOUGH = Counted(drawn=40, wrong=4, total=2000, known=25, waiting=1900, low=60, high=500)


def test_few_random_samples_are_a_count():
    said = number(FEW, measured=False)
    assert said.value == "Not measured yet"
    assert said.note == "12 of 30 random samples reviewed, 1 of them wrong"
    assert drawn_in_words(Counted(0, 0, 9, 0, 9, 0, 9)) == "0 of 30 random samples reviewed"


def test_enough_of_them_are_a_range_with_what_it_rests_on():
    assert number(ENOUGH, measured=True).value == "60 to 500"
    assert rests_on(ENOUGH) == (
        "3.0% to 25.0% of all, with 95% confidence: 4 of 40 random samples were wrong, 25 wrong "
        "ones are known"
    )
    assert range_in_words(7, 7) == "7"
