from __future__ import annotations

import math

import pytest

from labelviz.errors import InputRefused
from labelviz.tables.llm.answers import (
    ALONE,
    AMBIGUOUS,
    OUTSIDE,
    UNREADABLE,
    Parsed,
    chosen_key,
    classes_of,
    probability,
    read_answer,
    take_apart,
)

CLASSES = ("wet", "very wet", "dry")


def said(content: str, key: str = "label", *, named: bool = True):
    return read_answer(take_apart(content), key, CLASSES, named=named)


@pytest.mark.bad_input("P14", "E16")
@pytest.mark.parametrize(
    ("content", "names"),
    [
        ("wet", ("wet",)),
        (" Wet\n", ("wet",)),
        ("**Very wet**.", ("very wet",)),
        ("very_wet", ("very wet",)),
        ('"dry"', ("dry",)),
        ('{"label": "dry", "reason": "sun"}', ("dry",)),
        ('```json\n{"label": "dry"}\n```', ("dry",)),
        ('Here it is: {"label": "dry"} as asked.', ("dry",)),
        ("Label: dry", ("dry",)),
        ('["wet", "dry"]', ("wet", "dry")),
        ("- wet\n- dry\n", ("wet", "dry")),
        ('{"label": ["wet"]}', ("wet",)),
    ],
)
def test_answers_of_every_kind(content, names):
    assert said(content).names == names


@pytest.mark.bad_input("P14", "D06")
@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("damp", OUTSIDE),
        ("wett", OUTSIDE),
        ('{"label": "damp"}', OUTSIDE),
        ('["wet", "damp"]', OUTSIDE),
        ("It is rather wet, but one could also say that it is about sun and wind.", UNREADABLE),
        ('{"label": "wet"} or {"label": "dry"}', AMBIGUOUS),
        ('{"label": null}', UNREADABLE),
        ("", UNREADABLE),
    ],
)  # fmt: skip
def test_a_value_outside_the_classes_is_never_mapped_to_the_nearest(content, problem):
    answer = said(content)
    assert (answer.names, answer.problem) == ((), problem)


def test_a_class_that_nobody_named():
    assert said("damp", named=False).problem == ALONE


def test_several_labels_are_told_from_one():
    assert said("wet\ndry").several
    assert not said('{"label": "wet"}').several


def test_stated_confidence_is_kept_as_it_is_written():
    assert said('{"label": "wet", "confidence": "85%"}').confidence == "85%"
    assert said('{"wet": 0.7, "dry": 0.3}', "").confidence == "0.7"
    assert said('{"wet": 0.7, "dry": 0.3}', "").names == ("wet",)


@pytest.mark.parametrize(
    ("objects", "key"),
    [
        ([{"label": "a"}, {"label": "b"}], "label"),
        ([{"reason": "x y", "mood": "a", "confidence": 3}], "mood"),
        ([{"category": "a", "label": "b"}], "label"),
        (["a", "b"], ""),
        ([{"a": 0.4, "b": 0.6}], ""),
    ],
)
def test_the_key_of_the_class(objects, key):
    assert chosen_key(objects, "") == key
    assert chosen_key(objects, "mine") == "mine"


def test_several_keys_that_may_hold_the_class_are_asked_about():
    with pytest.raises(InputRefused, match="nothing says which of them") as refused:
        chosen_key([{"mood": "a", "tone": "b"}], "")
    assert "--answer-key" in refused.value.remedy


def test_classes_are_what_several_answers_name():
    answers = [Parsed(each) for each in ["wet"] * 12 + ["Wet."] * 3 + ["dry"] * 9 + ["moist"]]
    assert classes_of(answers, "") == ("dry", "wet")
    assert classes_of(answers[-3:], "") == ("dry", "moist")


LOG = math.log


def test_the_probability_of_a_class_by_its_first_token():
    tokens = [
        ("w", {"w": LOG(0.6), " W": LOG(0.1), "dry": LOG(0.2), "The": LOG(0.1)}),
        ("et", {"et": 0.0}),
    ]
    assert probability("wet", ("wet", "dry"), tokens) == pytest.approx(0.7 / 0.9)
    assert math.isnan(probability("dry", ("wet", "dry"), [("x", {"x": 0.0})]))


def test_classes_that_start_alike_have_no_probability():
    tokens = [("w", {"w": LOG(0.9), "d": LOG(0.1)}), ("et", {"et": 0.0})]
    assert math.isnan(probability("wet", ("wet", "warm", "dry"), tokens))


def test_the_class_inside_json_is_found_by_its_place():
    parts = ['{"', "label", '":"', "dry", '"}']
    tokens = [(part, {part: 0.0}) for part in parts]
    tokens[3] = ("dry", {"dry": LOG(0.75), "wet": LOG(0.25)})
    assert probability("dry", ("wet", "dry"), tokens) == pytest.approx(0.75)


@pytest.mark.bad_input("P14")
def test_a_sentence_around_a_class_is_no_class_though_it_is_often_said():
    said = ["wet", "dry", "wet", "The sky looks **wet** today", "The sky looks **wet** today"]
    parsed = [take_apart(each) for each in said]
    assert classes_of(parsed, "") == ("dry", "wet")
    answer = read_answer(parsed[3], "", ("dry", "wet"), named=False)
    assert (answer.names, answer.problem) == ((), UNREADABLE)
    assert classes_of([take_apart(each) for each in ("very much too wet", "dry")], "") == (
        "dry", "very much too wet",
    )  # fmt: skip


@pytest.mark.bad_input("P14")
def test_the_reasoning_of_an_answer_is_no_class():
    assert chosen_key([{"sky": "wet", "reasoning": "r"}, {"sky": "dry", "notes": "n"}], "") == "sky"
