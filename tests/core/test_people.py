from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as some

from labelviz.core.people import cleaned, everyone, spelled


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("ann", "ann"),
        (" ann\u00a0 lee\t", "ann lee"),
        ("a\x00n\x1b[31mn", "an[31mn"),
        ("an\u202en\u200b", "ann"),
        ("Ane\u0301", "Ané"),
        ("\ud800ann", "ann"),
        ("\n \x00", ""),
        ("ann\u200d", "ann"),
        ("a\u034fn\ufe0fn\U000e0100\u3164", "ann"),
        ("\u200d", ""),
        ("می\u200cخواهم", "می\u200cخواهم"),
    ],
)
def test_a_name_is_what_is_seen_of_it(typed: str, name: str):
    assert cleaned(typed) == name


@pytest.mark.parametrize("typed", ["ann", "ann ", "Ann", "ANN", " a\u200bnn", "ａnn"])
def test_one_person_has_one_name(typed: str):
    assert spelled(typed, {"bob", "Ann"}) == "Ann"


def test_who_was_spelled_in_several_ways_stays_who_they_are():
    assert spelled("ann", {"Ann", "ann"}) == "ann"
    assert spelled("ANN", {"ann", "Ann"}) == "Ann"
    assert spelled("ann ", {"ann "}) == "ann "
    assert spelled("Weiß", {"WEISS"}) == "WEISS"


def test_each_person_is_named_once():
    assert everyone(["Bob", "bob ", "", "ANN"], {"ann"}) == ["Bob", "ann"]


def test_others_are_others():
    assert spelled("anna", {"ann"}) == "anna"
    assert spelled("ann", ()) == "ann"


@given(some.text())
def test_cleaning_twice_changes_nothing_and_leaves_what_any_store_takes(name: str):
    clean = cleaned(name)
    assert cleaned(clean) == clean
    assert clean == unicodedata.normalize("NFC", clean)
    assert "\x00" not in clean
    clean.encode("utf-8")


@given(some.text(), some.sets(some.text()))
def test_a_name_is_spelled_as_cleaned_or_as_known(name: str, known: set[str]):
    assert spelled(name, known) in {cleaned(name), *known}
    assert spelled(cleaned(name), known) == spelled(name, known)
