from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

import labelviz
from labelviz.core.asked import entry
from labelviz.project.workspace import Workspace
from labelviz.tables.options import ReadOptions
from labelviz.ui import served
from labelviz.ui.pages.data.source import DELIMITERS, ESCAPES, WAYS, WORDS, how_read
from tests.conftest import REVIEWS
from tests.ui.conftest import button, words
from tests.ui.pages.data.conftest import field, table, typed

BROKEN = 'id,text,label\n1,"never closed,yes\n'
CHINESE = "编号,文本,标签\n1,很好的电影,好\n2,很差的电影,差\n3,还可以的电影,好\n"
AMBIGUOUS = "id;text,label\n1;a,yes\n2;b,no\n3;c,yes\n"


def choose(page, option, value):
    return next(b for b in page.button if b.key == f"{option} {value}").click().run()


@pytest.mark.parametrize("name", ["escape", "newline", "header", "names"])
def test_every_choice_has_words(name: str):
    words_of = {**WORDS, "escape": ESCAPES}[name]
    assert tuple(words_of) == ("", *entry(ReadOptions, name).about.choices)


def test_the_file_is_shown_as_text_and_how_it_was_read(empty, write):
    page = typed(empty, write(REVIEWS, "reviews.csv"))
    assert table(page, "id")["id"].tolist()[0] == "007"
    said = words(page)
    assert "The first rows of 6" in said
    assert "Read as: utf-8 text, split at commas, quoted by &quot;, the first row names" in said


def test_a_file_that_changes_is_read_again(empty, write):
    page = typed(empty, write(REVIEWS, "reviews.csv"))
    write(REVIEWS.replace("007", "seven"), "reviews.csv")
    page.run()
    assert table(page, "id")["id"].tolist()[0] == "seven"


def test_an_upload_is_kept_and_read(empty, tmp_path):
    page = empty
    page.file_uploader[0].upload("../my reviews.csv", REVIEWS.encode(), "text/csv").run()
    assert field(page, "text_input", "Name of the new workspace").value == "my-reviews"
    button(page, "Load").click().run()
    assert len(Workspace(tmp_path / "home/my-reviews").dataset) == 6


def test_a_file_that_cannot_be_read_is_a_message_and_the_form_stays(empty, write):
    page = typed(empty, write(BROKEN))
    assert "A quote opened on line 2 never closes." in words(page)
    assert page.file_uploader[0].label == "Upload a file"
    field(page, "selectbox", "Around fields").set_value("none").run()
    assert table(page, "text")["text"].tolist() == ['"never closed']


def test_a_path_that_does_not_exist_is_a_message(empty, tmp_path):
    assert served.REFUSED in words(typed(empty, tmp_path / "absent.csv"))


@pytest.mark.bad_input("A08")
def test_an_encoding_that_is_open_is_chosen_by_its_preview(empty, write, tmp_path):
    page = typed(empty, write(CHINESE.encode("gb18030"), "films.csv"))
    assert "The file is not UTF-8 text." in words(page)
    assert not any(each.label == "Load" for each in page.button)
    ways = {b.key.removeprefix("encoding "): c.value for b, c in zip(
        [b for b in page.button if b.label == "Read it this way"], page.code, strict=True
    )}  # fmt: skip
    assert "很好的电影" in ways["gb18030"]
    page = choose(page, "encoding", "gb18030")
    assert table(page, "文本")["文本"].tolist()[0] == "很好的电影"
    button(page, "Load").click().run()
    space = Workspace(tmp_path / "home/films")
    assert space.dataset.classes == ("好", "差")
    assert space.data.options.encoding == "gb18030"


@pytest.mark.bad_input("B02")
def test_a_delimiter_that_is_open_is_chosen_and_can_be_taken_back(empty, write):
    page = typed(empty, write(AMBIGUOUS, "two.csv"))
    assert "The rows can be split in several ways." in words(page)
    page = choose(page, "delimiter", ";")
    assert list(table(page, "id")) == ["id", "text,label"]
    field(page, "selectbox", "Between fields").set_value(",").run()
    assert list(table(page, "label")) == ["id;text", "label"]


@pytest.mark.bad_input("B11")
def test_a_first_row_of_data_is_asked_about(empty, write):
    page = typed(empty, write("good,1\nbad,0\nfine,1\npoor,0\nnice,1\n", "bare.csv"))
    assert "First row: Is data" in words(page)
    page = choose(page, "header", "no")
    assert list(table(page, "column 1")) == ["column 1", "column 2"]
    assert "The first rows of 5" in words(page)


@pytest.mark.bad_input("A18")
def test_a_sheet_is_chosen(empty, tmp_path):
    book = openpyxl.Workbook()
    book.active.title = "first"
    book.active.append(["a", "b"])
    second = book.create_sheet("labels")
    for row in (["id", "text", "label"], ["1", "good film", "yes"], ["2", "bad film", "no"]):
        second.append(row)
    book.save(tmp_path / "book.xlsx")
    page = typed(empty, tmp_path / "book.xlsx")
    assert "The workbook has 2 sheets." in words(page)
    page = choose(page, "sheet", "labels")
    assert table(page, "label")["label"].tolist() == ["yes", "no"]
    assert "sheet “labels”" in words(page)


def test_lines_can_be_set_aside(empty, write, tmp_path):
    page = typed(empty, write(REVIEWS, "reviews.csv"))
    field(page, "text_input", "Lines to set aside, by number").set_value("3, x 5").run()
    button(page, "Load").click().run()
    report = Workspace(tmp_path / "home/reviews").data.report
    assert [each.line for each in report.quarantined] == [3, 5]
    assert (report.rows_in, report.accepted) == (6, 4)


def test_what_was_overruled_is_kept_when_the_reading_fails(empty, write):
    content = REVIEWS + " " * (1 - len(REVIEWS.encode()) % 2)
    page = typed(empty, write(content, "odd.csv"))
    field(page, "selectbox", "Encoding").set_value("utf-16-le").run()
    assert "The file is not utf-16-le text." in words(page)
    assert field(page, "selectbox", "Encoding").value == "utf-16-le"
    field(page, "selectbox", "Encoding").set_value("utf-8").run()
    assert "as they stand in the file" in words(page)


def test_every_question_has_words():
    assert set(WAYS) <= set(ReadOptions.__dataclass_fields__)
    assert set(WORDS) <= set(WAYS)
    assert DELIMITERS[","]


def test_how_a_file_was_read_in_words():
    assert how_read(ReadOptions()) == "Columns and their types are the file's own."
    options = ReadOptions("gb18030", "\t", "none", "backslash", "cr", "no", "", "#", "", (3,))
    assert how_read(options) == (
        "Read as: gb18030 text, split at tabs, no quotes, quotes escaped by a backslash, rows end "
        "with a carriage return, no row names the columns, comments start with #, "
        "lines set aside: 3."
    )


@pytest.mark.bad_input("I17", "H19")
def test_no_page_reads_a_file_in_the_server_s_own_process():
    pages = Path(labelviz.__file__).parent / "ui"
    assert [path.name for path in pages.rglob("*.py") if "read_table" in path.read_text()] == []


@pytest.mark.bad_input("P21")
def test_quotes_that_may_be_text_are_asked_about(empty, write):
    page = typed(empty, write('id\ttext\n1\t"so\n2\t"no" he\n', "glue.tsv"))
    assert "a quote in them is text" in words(page)
    page.button(key="quote none").click().run()
    assert "no quotes" in words(page)
