from __future__ import annotations

import io
import random
from collections.abc import Callable
from dataclasses import replace

import pandas as pd
import pytest

from labelviz.tables.columns import Columns
from labelviz.tables.export import as_exported
from labelviz.tables.guess import Guess, guess, propose
from labelviz.tables.load import load_dataset
from labelviz.tables.remember import remember
from labelviz.tables.table import Table

Column = Callable[[int], str]


def some(*values: str) -> Column:
    return lambda row: values[row * 7 % len(values)]


TEXT: Column = "a text of several words, number {}".format
ID: Column = "s{}".format
SHARE: Column = lambda row: f"{row % 10 / 10:.1f}"  # noqa: E731
REST: Column = lambda row: f"{1 - row % 10 / 10:.1f}"  # noqa: E731


def table(columns: dict[str, Column], rows: int = 60) -> Table:
    cells = {name: [cell(row) for row in range(rows)] for name, cell in columns.items()}
    index = pd.RangeIndex(2, rows + 2, name="line")
    return Table("file.csv", "", pd.DataFrame(cells, index=index, dtype=object), 0, ())


YN, NAMES = some("yes", "no"), some("sport", "film", "food")
FILES: dict[str, tuple[dict[str, Column], Columns]] = {
    "pairs with everything": (
        {"id": ID, "text_a": TEXT, "text_b": TEXT, "label": YN, "llm_confidence": SHARE,
         "llm_1": YN, "llm_2": YN, "category": NAMES, "split": some("train", "dev", "test")},
        Columns("text_a", "label", "text_b", id="id", annotators=("llm_1", "llm_2"),
                confidence="llm_confidence", slices=("category",), split="split"),
    ),
    "several LLMs beside the truth": (
        {"id": ID, "text": TEXT, "gold": YN, "llm_x": YN, "llm_y": YN},
        Columns("text", "llm_x", id="id", annotators=("llm_y",)),
    ),
    "an LLM that labelled most rows": (
        {"text": TEXT, "llm_x": some("yes", "no", "", ""), "llm_y": YN, "majority": YN},
        Columns("text", "llm_y", annotators=("llm_x",)),
    ),
    "votes per class": (
        {"id": ID, "text": TEXT, "votes_0": some("5", "4"), "votes_1": some("0", "1"),
         "majority": some("0", "1"), "first_annotator": some("0", "1"), "domain": NAMES},
        Columns("text", "first_annotator", id="id", slices=("domain",),
                votes=("votes_0", "votes_1")),
    ),
    "several tags and how many voted": (
        {"text": TEXT, "n_annotators": some("3", "4"), "votes_a.x": some("1", "0"),
         "votes_b": some("0", "2"), "majority_labels": some("a.x", ""),
         "any_labels": some("a.x|b", "b", "", "a.x"), "severity_votes": some("1,1", "0,1")},
        Columns("text", "any_labels", votes=("votes_a.x", "votes_b"), voters="n_annotators",
                none=("",)),
    ),
    "truth alone": ({"id": ID, "text": TEXT, "gold": YN}, Columns("text", "gold", id="id")),
    "ready-made probabilities": (
        {"text": TEXT, "label": YN, "p_no": SHARE, "p_yes": REST},
        Columns("text", "label", probabilities=("p_no", "p_yes")),
    ),
    "an export of ours": (
        {"id": ID, "text": TEXT, "label": YN, "hard_label": YN, "target_no": SHARE,
         "target_yes": REST, "weight": some("1.0")},
        Columns("text", "label", id="id", slices=("hard_label",), soft=("target_no", "target_yes")),
    ),
    "one-hot columns": (
        {"text": TEXT, "label_no": some("1", "0"), "label_yes": some("0", "1")},
        Columns("text", one_hot=("label_no", "label_yes")),
    ),
    "columns of 0 and 1 without a prefix": (
        {"text": TEXT, "toxic": some("1", "0"), "rude": some("0", "1"), "threat": some("0", "1")},
        Columns("text", one_hot=("toxic", "rude", "threat")),
    ),
    "lists of numbers": (
        {"text": TEXT, "soft_label": some("[0.1, 0.9]", "[1, 0]")},
        Columns("text", soft=("soft_label",)),
    ),
    "odd names": (
        {"Unnamed: 0": str, "Sentence1": TEXT, "Sentence2": TEXT, "Given Label": YN,
         "doc_id": some("d1", "d2", "d3")},
        Columns("Sentence1", "Given Label", "Sentence2", group="doc_id"),
    ),
    "no name that tells": (
        {"foo": TEXT, "bar": NAMES, "baz": SHARE}, Columns("foo", "bar"),
    ),
    "ids that repeat are none": (
        {"id": some("1", "2"), "text": TEXT, "label": YN}, Columns("text", "label"),
    ),
    "a split that is none": (
        {"text": TEXT, "label": YN, "split": some("left", "right")}, Columns("text", "label"),
    ),
    "confidence in per cent": (
        {"text": TEXT, "label": YN, "confidence": some("55", "95")},
        Columns("text", "label", confidence="confidence"),
    ),
    "other annotators that say other things": (
        {"text": TEXT, "label": YN, "llm_reason": TEXT, "llm_2": YN},
        Columns("text", "label", annotators=("llm_2",)),
    ),
    "left and right of few letters, with what else is said of each": (
        {"id": ID, "left_id": some("a", "b"), "left_name": some("Bo", "Al", "Cy"),
         "left_zip": some("12", "34"), "right_id": some("c", "d"),
         "right_name": some("Bo", "Al", "Di"), "right_zip": some("12", "35"), "label": YN},
        Columns("left_name", "label", "right_name", id="id", text_with=("left_zip",),
                text_b_with=("right_zip",)),
    ),
    "ltable and rtable": (
        {"_id": ID, "ltable_price": some("1", "2"), "rtable_price": some("1", "3"),
         "ltable_title": some("tin", "cup"), "rtable_title": some("tin", "mug"), "label": YN},
        Columns("ltable_title", "label", "rtable_title", id="_id", text_with=("ltable_price",),
                text_b_with=("rtable_price",)),
    ),
    "numbered sides of few letters": (
        {"name_1": some("Bo", "Al"), "name_2": some("Bo", "Di"), "city_1": some("Rome", "Bonn"),
         "city_2": some("Rome", "Oslo"), "same": YN},
        Columns("name_1", "same", "name_2", text_with=("city_1",), text_b_with=("city_2",)),
    ),
    "two lines of one address are no pair": (
        {"name": TEXT, "address1": some("Main st", "Side st"), "address2": some("flat 1", ""),
         "note": TEXT, "kind": NAMES},
        Columns("name", "kind", slices=("address1",)),
    ),
    "a nearly empty column beside a full one": (
        {"v1": YN, "v2": TEXT, "extra": lambda row: "x" if row in (3, 4) else "",
         "more": lambda row: "a very long remark that nobody else made" if row == 5 else ""},
        Columns("v2", "v1"),
    ),
    "a label that is nearly empty beside another name of a label": (
        {"text": TEXT, "label": lambda row: "yes" if row < 3 else "", "sentiment": YN},
        Columns("text", "sentiment"),
    ),
    "what says how sure a column is counts for that column": (
        {"text": TEXT, "mood": some("up", "down", "flat"), "mood_confidence": SHARE,
         "cause": some("bus", "", "tram"), "cause:confidence": SHARE, "mood_gold": some("up", ""),
         "airline": NAMES},
        Columns("text", "mood", confidence="mood_confidence", slices=("cause", "airline")),
    ),
    "a constant is never the text": (
        {"Title": some("Judge this"), "Input.review": TEXT, "Answer.label": YN},
        Columns("Input.review", "Answer.label"),
    ),
    "a row for each annotator": (
        {"id": lambda row: f"i{row // 3}", "text": lambda row: f"some text {row // 3}",
         "annotator": lambda row: f"ann{row % 3}", "label": YN},
        Columns("text", "label", id="id", labelled_by="annotator"),
    ),
    "an id that a row lacks": (
        {"id": lambda row: "" if row == 9 else f"s{row}", "text": TEXT, "label": YN},
        Columns("text", "label", id="id"),
    ),
    "shares by name in one column": (
        {"text": TEXT, "mood": some("{'up': 0.25, 'down': 0.75}", "{'up': 1.0, 'down': 0.0}",
                                    "{'up': 0.5, 'down': 0.5}")},
        Columns("text", soft=("mood",)),
    ),
    "only texts": ({"text": TEXT}, Columns("text")),
}  # fmt: skip


@pytest.mark.bad_input("B15", "B16")
@pytest.mark.parametrize("name", FILES)
def test_columns_are_guessed_from_names_and_cells(name):
    columns, expected = FILES[name]
    made = guess(table(columns))
    assert made.columns == expected
    named = {role for role, value in expected.as_json().items() if value}
    assert set(made.reasons) - {"id"} == named - {"id"}
    assert all(made.reasons.values())


@pytest.mark.parametrize(
    "name",
    [n for n in FILES if n not in ("only texts", "lists of numbers", "a row for each annotator")],
)
def test_what_is_guessed_loads(name):
    file = table(FILES[name][0])
    dataset, _, make_report = load_dataset(file, guess(file).columns)
    report = make_report()
    assert report.rows_in == report.accepted + len(report.quarantined) + report.blank
    assert len(dataset) > 0


NAMED: dict[str, tuple[dict[str, Column], Columns, Columns]] = {
    "a slice": (
        {"text": TEXT, "verdict": YN, "topic": NAMES, "language": some("de", "en")},
        Columns(label="language"),
        Columns("text", "language", slices=("topic",)),
    ),
    "a slice by its name": (
        {"text": TEXT, "topic": NAMES, "language": some("de", "en")},
        Columns(label="language"),
        Columns("text", "language", slices=("topic",)),
    ),
    "the guessed text": (
        {"text": TEXT, "title": TEXT, "label": YN},
        Columns(text="title"),
        Columns("title", "label"),
    ),
    "the guessed id": (
        {"id": ID, "text": TEXT, "label": YN, "key": ID},
        Columns(group="id"),
        Columns("text", "label", id="key", group="id"),
    ),
    "another confidence": (
        {"text": TEXT, "label": YN, "confidence": SHARE, "p_yes": REST},
        Columns(confidence="p_yes"),
        Columns("text", "label", confidence="p_yes"),
    ),
}


@pytest.mark.bad_input("P07")
@pytest.mark.parametrize("name", NAMED)
@pytest.mark.parametrize("known", [False, True])
def test_columns_that_somebody_named_are_nothing_else_besides(tmp_path, name, known):
    columns, asked, expected = NAMED[name]
    if known:
        remember(columns, guess(table(columns)).columns, tmp_path)
    made = propose(table(columns), tmp_path, asked).columns
    roles: dict[str, list[str]] = {}
    for role, value in made.as_json().items():
        for each in [value] if isinstance(value, str) else value or ():
            roles.setdefault(each, []).append(role)
    assert all(len(roles[each]) == 1 for each in asked.named())
    assert known or made == expected


@pytest.mark.bad_input("C01", "C02")
def test_an_id_column_that_is_not_used_is_said_with_the_reason():
    repeats = guess(table({"id": some("1", "2"), "text": TEXT, "label": YN}))
    assert "  id: made from the texts (id was not taken: 58 rows repeat the id of another)" in (
        repeats.lines()
    )
    empty = guess(table({"uid": lambda r: str(r) if r % 2 else "", "text": TEXT, "label": YN}))
    assert empty.reasons["id"] == "uid was not taken: 30 rows have none"
    lacking = guess(table(FILES["an id that a row lacks"][0]))
    assert lacking.reasons["id"].endswith("; 1 rows have none and are set aside")


def test_truth_is_proposed_only_with_a_warning():
    reason = guess(table(FILES["truth alone"][0])).reasons["label"]
    assert "the truth, not labels to audit" in reason


def test_the_order_of_rows_changes_no_guess():
    for columns, expected in FILES.values():
        file = table(columns)
        rows = random.Random(1).sample(range(60), 60)
        turned = Table("x", "", file.frame.iloc[rows], 0, ())
        assert guess(turned).columns == expected


def test_an_empty_table_has_no_meaning_yet():
    empty = Table("x", "", pd.read_csv(io.StringIO("text,label\n"), dtype=str), 0, ())
    assert guess(empty).columns == Columns()


def test_what_was_loaded_before_is_proposed_again(tmp_path):
    file = table(FILES["no name that tells"][0])
    assert not propose(file, tmp_path).remembered
    remember(["baz", "bar", "foo"], Columns("foo", "baz"), tmp_path)
    assert propose(file, tmp_path) == Guess(Columns("foo", "baz"), {}, remembered=True)


def block(start: str, label: Column, *, weight: str) -> dict[str, Column]:
    """The columns of one export."""
    rest = ("status", "source", "policy", "reviewer", "decided_at", "note")
    return {
        f"{start}hard_label": label, f"{start}target_no": SHARE, f"{start}target_yes": REST,
        f"{start}weight": some(weight), **{start + name: some("x", "y") for name in rest},
    }  # fmt: skip


OURS: dict[str, Column] = {
    "id": ID, "text": TEXT, "label": YN, "target_audience": SHARE,
    **block("", YN, weight="0.5"), **block("labelviz_", some("yes"), weight="1.0"),
}  # fmt: skip
NEWEST = Columns(
    "text", "labelviz_hard_label", id="id",
    soft=("labelviz_target_no", "labelviz_target_yes"), weight="labelviz_weight",
)  # fmt: skip


def test_label_targets_and_weight_of_the_latest_export_are_guessed_together():
    made = guess(table(OURS))
    assert made.columns == NEWEST
    assert made.reasons["weight"] == "the latest export of labelviz added it"
    dataset, _, _ = load_dataset(table(OURS), as_exported(table(OURS).frame, made.columns))
    assert dataset.classes == ("no", "yes")
    assert dataset.weight is not None
    assert set(dataset.weight) == {1.0}


def test_an_export_of_columns_of_0_and_1_is_guessed_by_what_it_added():
    one_hot: dict[str, Column] = {"label_no": some("1", "0"), "label_yes": some("0", "1")}
    made = guess(table({"id": ID, "text": TEXT, **one_hot, **block("", YN, weight="1.0")}))
    assert (made.columns.label, made.columns.one_hot) == ("hard_label", ())


@pytest.mark.parametrize("known", [False, True])
def test_targets_and_weight_of_an_export_go_with_its_own_label_only(tmp_path, known):
    file = table(OURS)
    if known:
        remember(OURS, NEWEST, tmp_path)
    newest = propose(file, tmp_path, Columns(label="labelviz_hard_label"))
    assert (newest.columns, newest.remembered) == (NEWEST, known)
    older = propose(file, tmp_path, Columns(label="hard_label"))
    assert older.columns == replace(
        NEWEST, label="hard_label", soft=("target_no", "target_yes"), weight="weight"
    )
    original = propose(file, tmp_path, Columns(label="label"))
    assert original.columns == replace(NEWEST, label="label", soft=(), weight="")
    assert not {"label", "soft", "weight"} & original.reasons.keys()


def test_a_label_that_is_named_leaves_targets_that_no_export_added(tmp_path):
    columns = {"id": ID, "text": TEXT, "label": YN, "llm_1": YN, "soft_no": SHARE, "soft_yes": REST}
    made = propose(table(columns), tmp_path, Columns(label="llm_1"))
    assert made.columns.label == "llm_1"
    assert made.columns.soft == ("soft_no", "soft_yes")


def test_a_guess_in_words():
    made = Guess(
        Columns("t", "l", slices=("a", "b"), spellings={"Y": "yes"}, none=("",)),
        {"text": "by its name"},
    )
    assert made.lines() == [
        "columns, guessed:",
        "  text: t (by its name)",
        "  label: l",
        "  id: made from the texts",
        "  slices: a, b",
        "  spellings: 'Y' as 'yes'",
        "  none: (empty)",
    ]


TEXTS_OF_12 = [f"a rather long text that is number {n}" for n in range(12)]


@pytest.mark.parametrize(
    ("columns", "wanted"),
    [
        (
            {"source": TEXTS_OF_12, "target": TEXTS_OF_12[::-1], "is_duplicate": ["0", "1"] * 6},
            {"text": "source", "text_b": "target", "label": "is_duplicate"},
        ),
        (
            {"source": ["web", "app"] * 6, "text": TEXTS_OF_12, "target": ["a", "b", "c"] * 4},
            {"text": "text", "text_b": "", "label": "target", "slices": ("source",)},
        ),
        (
            {"review": TEXTS_OF_12, "stars": ["1", "2", "5"] * 4, "verified": ["true", "no"] * 6},
            {"text": "review", "label": "stars"},
        ),
        ({"post": TEXTS_OF_12, "lang": ["C", "C#", "F"] * 4}, {"text": "post", "label": "lang"}),
        ({"text": TEXTS_OF_12, "y": ["a", "b"] * 6, "Konfidenz": ["61,5 %", "90 %"] * 6},
         {"label": "y", "confidence": "Konfidenz"}),
        (
            {"text": TEXTS_OF_12, "label": ["a", "b"] * 6, "topic_label": ["x", "y", "z"] * 4,
             "topic_label_confidence_score": ["0.8", "0.7"] * 6},
            {"label": "label", "confidence": ""},
        ),
        (
            {"text": TEXTS_OF_12, "label": ["a", "b"] * 6, "label0": ["a", "b"] * 6,
             "label1": ["a", "a", "b"] * 4},
            {"label": "label", "annotators": ("label0", "label1"), "slices": ()},
        ),
        ({"text": TEXTS_OF_12, "target_a": ["60%", "25%"] * 6, "target_b": ["40%", "75%"] * 6},
         {"soft": ("target_a", "target_b")}),
        (
            {"idioma": ["es", "ca"] * 6, "texto": TEXTS_OF_12, "etiqueta": ["a", "b", "c"] * 4},
            {"text": "texto", "label": "etiqueta", "slices": ("idioma",)},
        ),
        (
            {"番号": [str(n) for n in range(12)], "本文": TEXTS_OF_12, "ラベル": ["a", "b"] * 6},
            {"id": "番号", "text": "本文", "label": "ラベル"},
        ),
        (
            {"abt_price": ["1", "2", "3"] * 4, "abt_name": TEXTS_OF_12, "buy_name": TEXTS_OF_12,
             "buy_price": ["1", "2", "4"] * 4, "match": ["0", "1"] * 6},
            {"text": "abt_name", "text_b": "buy_name", "label": "match",
             "text_with": ("abt_price",), "text_b_with": ("buy_price",)},
        ),
        (
            {"source_name": TEXTS_OF_12, "target_name": ["Bar", "Café"] * 6, "y": ["0", "1"] * 6},
            {"text": "source_name", "text_b": "target_name", "slices": ()},
        ),
        (
            {"doc": [TEXTS_OF_12[n // 2] for n in range(12)], "coder": ["ann", "bob"] * 6,
             "code": ["a", "b", "c"] * 4},
            {"labelled_by": "coder", "text": "doc", "label": "code"},
        ),
        (
            {"record": [f'{{"body": {{"t": "{each}"}}}}' for each in TEXTS_OF_12],
             "record.body.t": TEXTS_OF_12, "kind": ["a", "b"] * 6},
            {"text": "record.body.t", "label": "kind"},
        ),
        (
            {"messages": [f'[{{"role": "user", "content": "{each}"}}]' for each in TEXTS_OF_12],
             "label": ["a", "b"] * 6},
            {"text": "messages", "label": "label"},
        ),
        # what is said of a text, or where it is found, is not the text
        (
            {"snippet": [f"bad {n}" for n in range(12)], "verdict": ["a", "b"] * 6,
             "llm_reason": TEXTS_OF_12},
            {"text": "snippet", "label": "verdict"},
        ),
        ({"prompt": TEXTS_OF_12, "item_text": TEXTS_OF_12, "y": ["a", "b"] * 6},
         {"text": "item_text"}),
        (
            {"url": [f"https://example.org/{n}/index.html" for n in range(12)],
             "head": [f"rain {n}" for n in range(12)], "y": ["a", "b"] * 6},
            {"text": "head"},
        ),
        ({"prompt": TEXTS_OF_12, "y": ["a", "b"] * 6}, {"text": "prompt"}),
        ({"patient": [f"Ann {n}" for n in range(12)], "notes": TEXTS_OF_12, "y": ["a", "b"] * 6},
         {"text": "notes"}),
        # pairs
        ({"question": TEXTS_OF_12, "sentence": TEXTS_OF_12, "label": ["0", "1"] * 6},
         {"text": "question", "text_b": "sentence"}),
        (
            {"question": TEXTS_OF_12, "answer": ["yes", "no"] * 6, "passage": TEXTS_OF_12},
            {"text": "question", "text_b": "passage", "label": "answer"},
        ),
        ({"question": TEXTS_OF_12, "answer": ["yes", "no"] * 6, "label": ["0", "1"] * 6},
         {"text": "question", "text_b": "answer", "label": "label"}),
        (
            {"名称1": ["书店", "咖啡馆", "医院"] * 4, "地址1": ["东路", "西路"] * 6,
             "名称2": ["书屋", "咖啡店", "诊所"] * 4, "地址2": ["东路", "南路"] * 6,
             "是否匹配": ["是", "否"] * 6},
            {"text": "名称1", "text_b": "名称2", "text_with": ("地址1",),
             "text_b_with": ("地址2",), "label": "是否匹配"},
        ),
        (
            {"句子1": [f"今天很好{n}" for n in range(12)], "标签": ["0", "1"] * 6,
             "句子2": [f"明天会下雨吧{n}" for n in range(12)]},
            {"text": "句子1", "text_b": "句子2"},
        ),
        ({"address1": ["a", "b"] * 6, "address2": ["c", "d"] * 6, "text": TEXTS_OF_12,
          "label": ["0", "1"] * 6}, {"text": "text", "text_b": ""}),
        # labels and slices in other languages
        ({"微博正文": TEXTS_OF_12, "情感倾向": ["正", "负"] * 6, "来源": ["a", "b", "c"] * 4},
         {"text": "微博正文", "label": "情感倾向", "slices": ("来源",)}),
        ({"Comentario": TEXTS_OF_12, "Sentimiento": ["a", "b"] * 6, "Ciudad": ["x", "y"] * 6},
         {"label": "Sentimiento", "slices": ("Ciudad",)}),
        ({"Tweet": TEXTS_OF_12, "Target": ["x", "y", "z"] * 4, "Stance": ["for", "against"] * 6},
         {"label": "Stance", "slices": ("Target",)}),
        ({"text": TEXTS_OF_12, "has_url": ["0", "1"] * 6, "has_image": ["1", "0"] * 6,
          "verdict": ["a", "b"] * 6}, {"label": "verdict", "one_hot": ()}),
        # who labelled is no label
        ({"text": TEXTS_OF_12, "rating": ["1", "2", "3"] * 4, "annotator_id": ["1", "2", "3"] * 4},
         {"label": "rating", "annotators": ()}),
        ({"text": TEXTS_OF_12, "label": ["0", "1"] * 6, "model": ["1"] * 12}, {"annotators": ()}),
        ({"text": TEXTS_OF_12, "ann1": ["a", "b"] * 6, "ann2": ["a", "b"] * 6},
         {"label": "ann1", "annotators": ("ann2",)}),
        (
            {"样本编号": [str(n // 2) for n in range(12)], "标注人": ["甲", "乙"] * 6,
             "文本": [TEXTS_OF_12[n // 2] for n in range(12)], "标签": ["a", "b", "c"] * 4},
            {"labelled_by": "标注人", "id": "样本编号", "label": "标签"},
        ),
        (
            {"id": [str(n // 2) for n in range(12)], "model": ["gpt", "qwen"] * 6,
             "text": [TEXTS_OF_12[n // 2] for n in range(12)], "label": ["a", "b", "c"] * 4},
            {"labelled_by": "model", "id": "id", "label": "label"},
        ),
        # numbers called like votes or shares
        *(
            ({"text": TEXTS_OF_12, "label": ["a", "b"] * 6, f"{p}_words": ["1", "0"] * 6,
              f"{p}_chars": ["0", "1"] * 6}, {"votes": (), "soft": (), "probabilities": ()})
            for p in ("count", "target", "p")
        ),
        ({"text": TEXTS_OF_12, "label": ["No", "Yes"] * 6, "votes_no": ["3", "0"] * 6,
          "votes_yes": ["0", "3"] * 6}, {"votes": ("votes_no", "votes_yes")}),
        ({"text": TEXTS_OF_12, "yes": ["3", "1"] * 6, "no": ["0", "2"] * 6},
         {"label": "", "votes": ("yes", "no")}),
        ({"text": TEXTS_OF_12, "n_annotators": ["3", "5"] * 6, "n_yes": ["3", "1"] * 6,
          "n_no": ["0", "4"] * 6},
         {"label": "", "votes": ("n_yes", "n_no"), "voters": "n_annotators"}),
        ({"text": TEXTS_OF_12, "pos": ["70", "20"] * 6, "neg": ["30", "80"] * 6},
         {"label": "", "votes": ()}),
        ({"text": TEXTS_OF_12, "likes": ["3", "1"] * 6, "stars": ["1", "5", "2"] * 4},
         {"label": "stars", "votes": ()}),
        # splits with a name of their own, and answers around a label
        ({"text": TEXTS_OF_12, "label": ["a", "b"] * 6, "split": ["train", "holdout", "dev"] * 4},
         {"split": "split"}),
        ({"text": TEXTS_OF_12, "label": ["a", "b"] * 6, "fold": ["1", "2", "3"] * 4},
         {"split": ""}),
        (
            {"text": TEXTS_OF_12,
             "label": [f"<think>hm {n}</think>\n{'ab'[n % 2]}" for n in range(12)]},
            {"label": "label"},
        ),
        (
            {"document": [f'{{"id": {n}, "text": "{t}"}}' for n, t in enumerate(TEXTS_OF_12)],
             "document.text": TEXTS_OF_12, "label": ["a", "b"] * 6},
            {"text": "document.text", "label": "label"},
        ),
        (
            {"text": TEXTS_OF_12, "is_wet": ["True", "False"] * 6, "is_dry": ["False", "True"] * 6},
            {"label": "", "one_hot": ("is_wet", "is_dry")},
        ),
        (
            {"text": TEXTS_OF_12, "label": ["a", "b", "c"] * 4, "is_reply": ["0", "1"] * 6,
             "is_quote": ["1", "0", "0"] * 4},
            {"label": "label", "one_hot": ()},
        ),
        (
            {"text": TEXTS_OF_12, "gold": ["a", "b"] * 6},
            {"text": "text", "label": "gold"},
        ),
        (
            {
                "item": [str(n // 2) for n in range(12)], "rater": ["ann", "bob"] * 6,
                "comment": [TEXTS_OF_12[n // 2] for n in range(12)], "label": ["a", "b", "c"] * 4,
            },
            {"id": "item", "labelled_by": "rater", "text": "comment"},
        ),
    ],
)  # fmt: skip
def test_names_that_people_give_such_columns(columns, wanted):
    import pandas as pd

    from labelviz.tables.table import Table

    found = guess(Table("f.csv", "", pd.DataFrame(columns, dtype="str"), 0, ())).columns
    assert {role: getattr(found, role) for role in wanted} == wanted
