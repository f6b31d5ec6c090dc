from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelviz.core.dataset import MISSING
from labelviz.errors import LabelsRefused
from labelviz.tables.columns import Columns
from labelviz.tables.labels import (
    CellReading,
    doubtful_notes,
    in_order,
    label_names,
    parse_label,
    read_labels,
    read_one_hot,
    separator_of,
    settle_labels,
)


def settled(cells: list[str], **columns) -> CellReading:
    return settle_labels(pd.DataFrame({"label": cells}), Columns("text", "label", **columns))


@pytest.mark.parametrize(
    ("cells", "separator"),
    [
        (["a|b", "b", "c"], "|"),
        (["a|b", "c"], ""),
        (["C", "C#", "A#", "A", "C#"], ""),
        (["a|", "a", "b"], ""),
        (["x;y", ";x", "x", "y"], ""),
        (["bus, late", "bus, full", "tram, late", "tram, full"], ""),
        (["food;bar", "bar;cost", "cost;food"], ";"),
        (["a;b", "b", "a"], ";"),
        (["a, b", "b,c", "a", "c"], ","),
        (["a#b", "b#c", "a", "c"], "#"),
        (["a;b", "c"], ""),
        (["C#", "F#", "Java"], ""),
        (["Music, Film", "Sport"], ""),
        (['["a", "b"]', "[]"], ","),
        (["[a]", "b"], ""),
        ([], ""),
    ],
)
def test_a_separator_divides_names_that_recur(cells, separator):
    assert separator_of(cells) == separator


@pytest.mark.parametrize(
    ("cells", "more", "classes", "values"),
    [
        (["a;b", "b", "a"], {}, ("a", "b"), [[1, 1], [0, 1], [1, 0]]),
        (['["a", "b"]', "[]", '["b"]'], {}, ("a", "b"), [[1, 1], [0, 0], [0, 1]]),
        (["a/b", "c"], {"separator": "/"}, ("a", "b", "c"), [[1, 1, 0], [0, 0, 1]]),
        (["a|b", "a", ""], {"none": ("",)}, ("a", "b"), [[1, 1], [1, 0], [0, 0]]),
        (["a|none", "a", "none"], {"none": ("none",)}, ("a",), [[1], [1], [0]]),
        (["a|b", "a", ""], {}, ("a", "b"), [[1, 1], [1, 0], [MISSING] * 2]),
        (["a|NA", "a", "NA"], {"missing": ("NA",)}, ("a",), [[1], [1], [MISSING]]),
        (["A|b", "A", "a"], {"spellings": {"A": "a"}}, ("a", "b"), [[1, 1], [1, 0], [1, 0]]),
    ],
)
def test_multilabel_cells(cells, more, classes, values):
    reading = settled(cells, **more)
    assert (reading.task, reading.classes) == ("multilabel", classes)
    assert read_labels(pd.Series(cells), reading).values.tolist() == values


def test_the_reason_names_the_separator():
    assert settled(["a;b", "b", "a"]).reason == "labels hold several names joined by ;"
    assert settled(['["a"]', '["a", "b"]']).reason == "labels are lists of names"


@pytest.mark.bad_input("D09")
def test_a_class_that_is_named_twice_in_a_cell_is_no_tag():
    votes = ['["a", "a", "b"]', '["b", "b", "b"]', '["a", "b", "b"]']
    with pytest.raises(LabelsRefused, match="a vote of each of several people") as refused:
        settle_labels(pd.DataFrame({"l": votes}), Columns("t", "l"))
    assert "--majority" in refused.value.remedy
    assert "--task multilabel" in refused.value.remedy
    tags = settle_labels(pd.DataFrame({"l": votes}), Columns("t", "l", task="multilabel"))
    assert tags.classes == ("a", "b")
    slip = settle_labels(pd.DataFrame({"l": ["a|b", "b|a", "a|a", "b"]}), Columns("t", "l"))
    assert slip.task == "multilabel"
    spelled = Columns("t", "l", spellings={"A": "a"})
    assert settle_labels(pd.DataFrame({"l": ["a|A", "a|b", "b"]}), spelled).classes == ("a", "b")


def test_names_with_another_mark_between_them_are_told():
    cells = pd.Series(["a;b", "a", "b", "a, b"])
    reading = settle_labels(pd.DataFrame({"l": cells}), Columns("t", "l"))
    (note,) = doubtful_notes(read_labels(cells, reading), reading)
    assert "another mark between them" in note.text
    assert note.examples == ("a, b",)


def test_what_a_spreadsheet_could_not_compute_may_be_no_label():
    cells = pd.Series(["#N/A", "a", "b"])
    reading = settle_labels(pd.DataFrame({"l": cells}), Columns("t", "l"))
    (note,) = doubtful_notes(read_labels(cells, reading), reading)
    assert "--missing '#N/A'" in note.text


def test_lists_of_several_names_where_one_was_asked_for():
    lists = ['["a", "b"]', "['b']", "[]", '["a", "b"]']
    with pytest.raises(LabelsRefused) as refused:
        settled(lists, task="multiclass")
    assert refused.value.what == (
        "The task is to be multiclass, but labels are lists of names, in 2 rows: "
        """'["a", "b"]'."""
    )
    assert "--task multilabel" in refused.value.remedy


@pytest.mark.bad_input("P01")
def test_lists_of_one_name_are_single_labels_when_asked():
    cells = ["['b']", '["a"]', "[]", "{'b'}", '{"choices": ["a"]}', "b"]
    reading = settled(cells, task="multiclass")
    assert (reading.task, reading.classes) == ("multiclass", ("a", "b"))
    read = read_labels(pd.Series(cells), reading)
    assert read.values.tolist() == [1, 0, MISSING, 1, 0, 1]
    assert read.problems[2] == "no label"


def test_a_task_of_one_label_keeps_cells_whole():
    cells = ["a;b", "b", "a", "a;b"]
    reading = settled(cells, task="multiclass")
    assert (reading.task, reading.classes) == ("multiclass", ("a", "a;b", "b"))
    assert read_labels(pd.Series(cells), reading).values.tolist() == [1, 2, 0, 1]


@pytest.mark.bad_input("P01", "P02")
@pytest.mark.parametrize(
    ("cells", "classes", "values"),
    [
        (["['x y', 'z']", "['z']", "[]"], ("x y", "z"), [[1, 1], [0, 1], [0, 0]]),
        (["[up, down]", "[down]"], ("down", "up"), [[1, 1], [1, 0]]),
        (["{'up'}", "set()", "{'down', 'up'}"], ("down", "up"), [[0, 1], [0, 0], [1, 1]]),
        (["[4, 2]", "[2]", "[10]"], ("2", "4", "10"), [[1, 1, 0], [1, 0, 0], [0, 0, 1]]),
        (["['up' 'down']", "['down']"], ("down", "up"), [[1, 1], [1, 0]]),
        (["array(['up'], dtype=object)", "('down', 'up')"], ("down", "up"), [[0, 1], [1, 1]]),
        (['{"choices": ["p", "q"]}', "p", '{"choices": []}'], ("p", "q"), [[1, 1], [1, 0], [0, 0]]),
        (['{"p": 1, "q": 0}', '{"p": 1.0, "q": true}'], ("p", "q"), [[1, 0], [1, 1]]),
        (
            ['[{"taxonomy": [["p", "q"]]}]', '[{"taxonomy": [["p"]]}]'],
            ("p", "p / q"),
            [[0, 1], [1, 0]],
        ),
        (['["a|b"]', '["c;d", "a|b"]'], ("a|b", "c;d"), [[1, 0], [1, 1]]),
    ],
)
def test_nested_cells_are_lists_of_names(cells, classes, values):
    reading = settled(cells)
    assert (reading.task, reading.classes) == ("multilabel", classes)
    assert read_labels(pd.Series(cells), reading).values.tolist() == values


@pytest.mark.bad_input("P03")
def test_lists_of_0_and_1_need_the_names_of_their_places():
    cells = ["[0, 1, 1]", "[1 0 0]", "[0.0, 0.0, 1.0]"]
    with pytest.raises(LabelsRefused, match="Nothing says which place stands for which class"):
        settled(cells)
    with pytest.raises(LabelsRefused, match="2 classes are named"):
        settled(cells, classes=("a", "b"))
    reading = settled(cells, classes=("z", "y", "x"))
    assert reading.task == "multilabel"
    values = read_labels(pd.Series(cells), reading).values
    assert values.tolist() == [[0, 1, 1], [1, 0, 0], [0, 0, 1]]


@pytest.mark.bad_input("P04")
@pytest.mark.parametrize(
    ("cell", "words", "remedy"),
    [
        ('{"up": 0.3, "down": 0.7}', "numbers by the name of the class", "--soft"),
        ("[0.3, 0.7]", "lists of numbers", "--soft"),
        ('{"who": 3, "what": {"x": "y"}}', "nested objects", "label.who"),
        ("['a' 'b' ... 'z']", "left out when this file was written", "JSON Lines"),
    ],
)
def test_objects_that_name_no_class_are_refused_by_name(cell, words, remedy):
    with pytest.raises(LabelsRefused, match=words) as refused:
        settled([cell, cell])
    assert remedy in refused.value.remedy or remedy in str(refused.value)
    assert "'label'" in refused.value.where


@pytest.mark.bad_input("D03", "D04", "D07")
def test_spellings_and_missing_are_read_as_a_person_said():
    cells = ["Yes", "yes", "no", "NA", ""]
    reading = settled(cells, spellings={"Yes": "yes"}, missing=("NA",))
    assert (reading.task, reading.classes) == ("binary", ("no", "yes"))
    assert read_labels(pd.Series(cells), reading).values.tolist() == [1, 1, 0, MISSING, MISSING]


@pytest.mark.bad_input("D15")
def test_names_are_counted_as_they_are_spelled_so_far():
    def named(cells, **columns):
        return label_names(pd.DataFrame({"label": cells}), Columns("text", "label", **columns))

    assert named(["Good", "good", "n/a", ""], missing=("n/a",)) == {"Good": 1, "good": 1}
    assert named(["Good", "good"], spellings={"Good": "good"}) == {"good": 2}
    assert named(["a|b", "b"]) == {"a": 1, "b": 2}


def test_a_class_name_that_is_an_essay():
    with pytest.raises(LabelsRefused, match="1 labels are longer than 1,000 characters"):
        settled(["a", "b" * 10_000, "a"])


@pytest.mark.bad_input("D08", "E05")
def test_formulas_markup_and_emoji_are_plain_names():
    names = ["=1+1", "<b>x</b>", "👩‍👩‍👧", "a"]
    assert set(settled(names * 3).classes) == set(names)


def test_classes_are_integers_by_size_or_text_by_characters():
    assert in_order(["10", "9", "-1"]) == ("-1", "9", "10")
    assert in_order(["10", "9", "x"]) == ("10", "9", "x")
    assert in_order(["b", "B", "中", "a"]) == ("B", "a", "b", "中")


def test_one_hot_columns_are_one_label_or_several():
    frame = pd.DataFrame({"is_b": ["1", "0", "false"], "is_a": ["0", "1.0", "True"]}, dtype=str)
    columns = Columns("text", one_hot=("is_b", "is_a"))
    reading = settle_labels(frame, columns)
    assert (reading.task, reading.classes) == ("binary", ("a", "b"))
    assert read_one_hot(frame, columns.one_hot, reading).values.tolist() == [1, 0, 0]
    several = pd.DataFrame({"x": ["1", "0", "1", ""], "y": ["1", "0", "0", "1"]}, dtype=str)
    reading = settle_labels(several, Columns("text", one_hot=("x", "y")))
    assert reading.task == "multilabel"
    assert reading.reason == "2 rows have no 1 or several in the columns x, y"
    read = read_one_hot(several, ("x", "y"), reading)
    assert read.values.tolist() == [[1, 1], [0, 0], [1, 0], [MISSING] * 2]


@pytest.mark.bad_input("D06")
def test_a_single_label_needs_exactly_one_1():
    frame = pd.DataFrame({"x": ["1", "0", "2", ""], "y": ["1", "0", "0", ""]}, dtype=str)
    reading = CellReading("binary", ("x", "y"))
    read = read_one_hot(frame, ("x", "y"), reading)
    assert read.values.tolist() == [MISSING] * 4
    said = [read.cells[code] for code in read.codes]
    assert said == ["not exactly one 1", "not exactly one 1", "not exactly one 1", "no label"]


def test_a_list_of_numbers_needs_the_order_of_the_classes():
    frame = pd.DataFrame({"soft": ["[0.1, 0.9]"]})
    with pytest.raises(LabelsRefused, match="which number belongs to which class"):
        settle_labels(frame, Columns("text", soft=("soft",)))
    assert (
        settle_labels(frame, Columns("text", soft=("soft",), classes=("b", "a"))).task == "binary"
    )


CELLS = st.sampled_from(["", " ", "a", "b", "A", "a|b", " b | a ", "|", "z", '["a"]', "[]", "NA"])


def by_hand(cell: str, classes: tuple[str, ...], task: str, missing: set[str], none: set[str]):
    """The careful meaning of one cell: a label, or None."""
    if task != "multilabel":
        if cell in missing or cell.strip() == "":
            return None
        return classes.index(cell) if cell in classes else None
    if cell in none:
        return [0] * len(classes)
    if cell in missing or cell.strip() == "":
        return None
    if cell.startswith("["):
        names = json.loads(cell)
    else:
        names = [part.strip() for part in cell.split("|") if part.strip()]
        if not names:
            return None
    if any(name not in classes for name in names if name not in missing | none):
        return None
    return [int(name in names) for name in classes]


@given(
    st.lists(CELLS, min_size=1, max_size=20),
    st.sampled_from(["multiclass", "multilabel"]),
    st.sets(st.sampled_from(["NA", "z"])),
    st.sets(st.sampled_from(["", "NA"])),
)
def test_a_column_is_read_as_cell_by_cell(cells, task, missing, none):
    classes = ("a", "b", "A")
    reading = CellReading(task, classes, missing=frozenset(missing), none=frozenset(none))
    read = read_labels(pd.Series(cells, dtype=str), reading).values
    wide = task == "multilabel"
    for row, cell in enumerate(cells):
        expected = by_hand(cell, classes, task, missing, none)
        if expected is None:
            expected = [MISSING] * len(classes) if wide else MISSING
        assert read[row].tolist() == expected, cell


@given(st.lists(st.sampled_from(["a", "b", "c", "7", "10"]), min_size=2, max_size=12), st.randoms())
def test_the_order_of_rows_changes_neither_classes_nor_labels(cells, chance):
    shuffled = chance.sample(range(len(cells)), len(cells))
    one, two = (
        settled(cells, task="multiclass"),
        settled([cells[n] for n in shuffled], task="multiclass"),
    )
    assert one.classes == two.classes == in_order(cells)
    first = read_labels(pd.Series(cells), one).values
    second = read_labels(pd.Series([cells[n] for n in shuffled]), two).values
    assert np.array_equal(first[shuffled], second)


def test_parse_label_reads_one_cell():
    assert parse_label("b", ("a", "b"), "binary") == 1
    assert parse_label("B", ("a", "b"), "binary") is None
    label = parse_label("a|b", ("a", "b", "c"), "multilabel")
    assert label is not None
    assert label.tolist() == [1, 1, 0]


@pytest.mark.bad_input("P06")
@pytest.mark.parametrize(
    ("cells", "doubtful"),
    [
        (["0", "1", "2", "99"], ["99"]),
        (["1", "2", "3", "-9", "999"], ["-9", "999"]),
        (["1", "5", "2", "3", "4", "98", "99"], ["98", "99"]),
        (["0", "1", "-1"], ["-1"]),
        ([str(n) for n in range(10)], []),
        (["2", "4", "6", "8"], []),
        (["-2", "-1", "0", "1"], []),
        (["10", "20", "99"], []),
        (["a", "99"], []),
    ],
)
def test_numbers_that_may_mean_no_label_are_said(cells: list[str], doubtful: list[str]):
    reading = settled(cells)
    notes = doubtful_notes(read_labels(pd.Series(cells, dtype=str), reading), reading)
    assert [each for note in notes for each in note.examples] == doubtful
    assert all(f"--missing '{cell}'" in notes[0].text for cell in doubtful)


@pytest.mark.bad_input("P01", "D13")
def test_a_class_that_is_off_everywhere_stays_a_class():
    reading = settled(["{'wet': True, 'cold': False}", "{'wet': False, 'cold': False}"])
    assert (reading.task, reading.classes) == ("multilabel", ("cold", "wet"))


@pytest.mark.bad_input("D07")
def test_what_an_llm_says_when_it_cannot_decide_may_be_no_label():
    said = ["I cannot decide", "Unclear", "No label.", "无法判断"]
    cells = ["wet", "dry", "cannon", *said]
    reading = settled(cells)
    (note,) = doubtful_notes(read_labels(pd.Series(cells, dtype=str), reading), reading)
    assert note.count == len(said)


@pytest.mark.bad_input("P01")
def test_objects_that_say_one_name_are_single_labels():
    cells = ['{"id": 3, "name": "wet"}', '{"id": 1, "name": "dry"}']
    reading = settled(cells)
    assert (reading.task, reading.classes) == ("binary", ("dry", "wet"))
    assert read_labels(pd.Series(cells), reading).values.tolist() == [1, 0]
    assert settled(['{"choices": ["wet"]}', '{"choices": ["dry"]}']).task == "multilabel"
    assert settled(cells, task="multilabel").task == "multilabel"
