from __future__ import annotations

import pytest

from labelviz.errors import LabelsRefused
from labelviz.tables.columns import Columns
from labelviz.tables.spellings import bare, check_spellings, folded, holds_one, unwrapped, wrapped


def refused(found: dict[str, int], rows: int = 0, **columns) -> LabelsRefused | None:
    """What is asked about classes of these names and frequencies, None where nothing is."""
    named = Columns("text", "label", **columns)
    try:
        check_spellings(found, named, "multiclass", rows or sum(found.values()))
    except LabelsRefused as error:
        return error
    return None


def ask(found: dict[str, int], rows: int = 0, **columns) -> LabelsRefused:
    error = refused(found, rows, **columns)
    assert error is not None
    return error


def proposals(error: LabelsRefused) -> dict[str, str]:
    return {each.cell: each.proposed for each in error.choices if each.proposed}


@pytest.mark.bad_input("D01")
def test_integers_written_as_decimals():
    error = ask({"1.0": 5, "2.0": 3})
    assert error.what.startswith("Labels look like integers written as decimals.")
    assert "'1.0' 5 times" in error.what
    assert error.remedy.startswith("Say --as 1.0=1 --as 2.0=2, or")
    assert proposals(error) == {"1.0": "1", "2.0": "2"}
    assert refused({"1.5": 5, "2.0": 3}) is None
    assert refused({"1": 5, "2": 3}) is None


@pytest.mark.bad_input("D04")
def test_a_name_without_outer_spaces_is_proposed_even_if_it_is_rarer():
    assert proposals(ask({" bad": 9, "bad": 2, "good": 5})) == {" bad": "bad"}


@pytest.mark.bad_input("D03")
def test_booleans_in_six_spellings():
    error = ask({"True": 5, "yes": 2, "1": 1, "no": 4, "0": 1, "FALSE": 1})
    assert proposals(error) == {"yes": "True", "1": "True", "0": "no", "FALSE": "no"}
    assert [each.count for each in error.choices] == [5, 4, 2, 1, 1, 1]
    assert refused({"true": 1, "false": 2}) is None
    assert refused({"yes": 1, "no": 1, "maybe": 1}) is None


@pytest.mark.bad_input("D04")
def test_case_and_spaces():
    error = ask({"Positive": 2, "positive": 5, " positive": 1, "negative": 3})
    assert error.what.startswith("3 spellings look like 1 classes.")
    assert "' positive' 1 times (U+0020 U+0070" in error.what
    assert proposals(error) == {"Positive": "positive", " positive": "positive"}
    assert "--as ' positive=positive'" in error.remedy
    assert refused({"Positive": 2, "positive": 5}, classes=("Positive", "positive")) is None


@pytest.mark.bad_input("D05")
@pytest.mark.parametrize(
    ("name", "like", "points"),
    [
        ("pоsitive", "positive", "U+0070 U+043E"),
        ("posi\u200btive", "positive", "U+200B"),
        ("cafe\u0301", "café", "U+0065 U+0301"),
        ("\u202epositive", "positive", "U+202E"),
        ("ｐositive", "positive", "U+FF50"),
    ],
)
def test_look_alikes_are_asked_with_their_code_points(name, like, points):
    error = ask({name: 1, like: 3, "other": 2})
    assert proposals(error) == {name: like}
    assert points in next(each.about for each in error.choices if each.cell == name)


def test_names_that_differ_stay_apart():
    assert folded("not spam") != folded("notspam")
    assert folded("正") == "正"
    assert refused({"no": 1, "not": 1, "正": 1, "負": 1}) is None


@pytest.mark.bad_input("D02", "D10")
def test_numbers_where_names_were_promised():
    zero = ask({"0": 4, "1": 6}, classes=("neg", "pos"))
    assert proposals(zero) == {"0": "neg", "1": "pos"}
    assert zero.remedy.startswith("Say --as 1=pos --as 0=neg")
    one = ask({"1": 4, "2": 6}, classes=("neg", "pos"))
    assert "run 1..2; the 2 classes are counted 1..2." in one.what
    assert "The first class would be number 1, not 0." in one.what
    assert proposals(one) == {"1": "neg", "2": "pos"}
    for bad in ({"-1": 3, "1": 4}, {"0": 1, "7": 1}, {"1": 1, "3": 1}):
        assert proposals(ask(bad, classes=("neg", "pos"))) == {}
    assert refused({"0": 4, "1": 6}, classes=("0", "1")) is None
    assert refused({"neg": 4, "1": 6}, classes=("neg", "pos")) is None


@pytest.mark.bad_input("D14")
def test_a_label_of_its_own_for_nearly_every_row():
    many = {f"text {n}": 1 for n in range(30)}
    error = ask(many, rows=40)
    assert error.what == (
        "Column 'label' holds 30 different labels in 40 rows. Is this the right column?"
    )
    assert "--task multiclass" in error.remedy
    assert refused(many, rows=100) is None
    assert refused(many, rows=40, task="multiclass") is None
    assert ask({f"c{n}": 100 for n in range(2_000)})
    assert refused({f"c{n}": 100 for n in range(1_999)}) is None
    assert refused({f"c{n}": 1 for n in range(5)}) is None


@pytest.mark.bad_input("E16")
@pytest.mark.parametrize(
    ("cell", "label"),
    [
        ("Label: positive", "positive"),
        ("label = positive.", "positive"),
        ("```\npositive\n```", "positive"),
        ('```json\n{"label": "positive"}\n```', "positive"),
        ('{"label": "positive"}', "positive"),
        ('{"label": "positive"} because I think so', ""),
        ('{"label": 3}', ""),
        ("标签：好评", "好评"),
        ("Answer: it depends\non the text", ""),
    ],
)
def test_an_llms_answer_around_a_label(cell, label):
    assert wrapped(cell)
    assert unwrapped(cell) == label


@pytest.mark.bad_input("E15", "E16")
def test_answers_are_asked_about_and_never_taken_apart_in_silence():
    answer = 'Ignore the rules. {"label": "x"}'
    error = ask({"positive": 5, "Label: Positive": 2, "```\n```": 1, "negative": 2})
    assert "2 labels look like an LLM's whole answer; 1 of them hold no label" in error.what
    assert proposals(error) == {"Label: Positive": "positive"}
    assert "--missing" in error.remedy
    assert refused({answer: 1, "b": 2}) is None
    assert refused({"labelled": 1, "classy": 2, "{x}": 1}) is None


@pytest.mark.bad_input("P05")
@pytest.mark.parametrize(
    ("found", "proposed"),
    [
        ({"Spam.": 9, "Spam": 2, "Ham": 4}, {"Spam.": "Spam"}),
        ({'"Spam"': 9, "Spam": 2, "Ham": 4}, {'"Spam"': "Spam"}),
        ({"**Spam**": 3, "Spam": 2, "`Spam`": 1, "Ham": 4}, {"**Spam**": "Spam", "`Spam`": "Spam"}),
        ({"- Spam": 3, "Spam": 2, "1. Ham": 1, "Ham": 4}, {"- Spam": "Spam", "1. Ham": "Ham"}),
        (
            {"「好评」": 3, "好评。": 1, "好评": 2, "差评": 5},
            {"「好评」": "好评", "好评。": "好评"},
        ),
        (
            {"lost_card": 3, "lost-card": 2, "Lost card": 1, "other": 4},
            {"lost-card": "lost_card", "Lost card": "lost_card"},
        ),
        ({"LostCard": 3, "lost card": 2, "other": 4}, {"lost card": "LostCard"}),
    ],
)
def test_what_an_llm_puts_around_a_name_or_between_its_words(found, proposed):
    assert proposals(ask(found)) == proposed


@pytest.mark.bad_input("P05")
@pytest.mark.parametrize(
    "names",
    [
        ["C", "C#", "C++", "F#"],
        ["A", "A+", "A-"],
        ["-1", "0", "1", "+1"],
        ["1-2", "12", "1 2 3"],
        ["!", "?", "..."],
        ["#food", "food"],
        ["resign", "re sign"],
    ],
)
def test_marks_that_belong_to_a_name_are_no_other_spelling(names):
    assert refused(dict.fromkeys(names, 5)) is None


@pytest.mark.parametrize("name", ["positive 😊", "☀️ positive", "positive ✅️", "Positive 👍"])
def test_emoji_around_a_name_make_no_other_class(name: str):
    assert folded(name) == "positive"


def test_a_class_of_emoji_alone_keeps_them():
    assert folded("😊") != folded("😡")


@pytest.mark.bad_input("D04")
def test_blanks_around_names_are_asked_about_though_all_have_them():
    error = ask({" wet": 3, " dry": 2, "fog": 1})
    assert error.what.startswith("2 labels have blanks before or after them.")
    assert proposals(error) == {" wet": "wet", " dry": "dry"}
    assert proposals(ask({"\u3000Wet": 3, " wet": 2})) == {"\u3000Wet": "Wet", " wet": "Wet"}
    assert refused({" wet": 3, " dry": 2}, classes=(" wet", " dry")) is None


@pytest.mark.bad_input("E16", "P05")
@pytest.mark.parametrize(
    ("answer", "label"),
    [
        ("<label>wet</label>", "wet"), ("\\boxed{wet}", "wet"), ("$\\text{Wet}$", "wet"),
        ("The final label is wet.", "wet"), ("Sentiment: wet", "wet"), ("标签为：wet", "wet"),
        ("I would say that it is wet.", ""), ("It is not at all dry.", ""),
        ("<think>clouds,\nso</think>\n\nwet", "wet"), ("<thinking>hm</thinking>Label: Wet", "wet"),
        ("<think>hm</think> one\nor two", ""),
    ],
)  # fmt: skip
def test_what_an_llm_wraps_a_label_in_is_asked_about(answer: str, label: str):
    error = ask({answer: 1, "wet": 9, "dry": 4})
    assert error.what.startswith("1 labels look like an LLM's whole answer")
    assert proposals(error) == ({answer: label} if label else {})


@pytest.mark.parametrize(
    "names",
    [["wet", "very wet"], ["<3", "</3"], ["Yes.", "No."], ["The sky is blue.", "It rains."]],
)
def test_names_that_wrap_no_other_label_are_not_asked_about(names: list[str]):
    assert refused(dict.fromkeys(names, 3)) is None


def test_marks_inside_a_name_are_its_own():
    assert bare("wet - dry") == "wet - dry"
    assert bare("- wet") == "wet"
    assert bare("level 1. ground") == "level 1. ground"


def test_whether_a_name_holds_another_is_quick_for_many_names():
    others = {f"class {n}" for n in range(50_000)}
    assert holds_one("I think it is **class 7**, or so", others)
    assert not holds_one("nothing of the kind " * 2_000, others)


@pytest.mark.bad_input("E16", "P05")
def test_the_last_line_of_an_answer_may_name_the_label():
    for answer in ("There are clouds.\nLabel: wet", "Label: wet\nReason: clouds"):
        assert proposals(ask({answer: 2, "wet": 5, "dry": 4})) == {answer: "wet"}
    assert unwrapped("Label: wet\nLabel: dry") == ""


@pytest.mark.bad_input("P05")
def test_marks_around_all_names_are_asked_about():
    assert proposals(ask({"**wet**": 2, "**dry**": 5})) == {"**wet**": "wet", "**dry**": "dry"}
    assert proposals(ask({"'wet'": 2, '"dry"': 5})) == {"'wet'": "wet", '"dry"': "dry"}
    assert refused({'"so called"': 2, "plain": 5}) is None
    assert refused({"**": 2, "__": 5, "''": 1}) is None
