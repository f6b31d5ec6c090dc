"""What is exported and loaded again is what it was, in every format, and so is its next export.

`make roundtrip` draws thousands of examples; the suite draws a few of each way.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelviz.core.arrays import strings
from labelviz.core.dataset import Dataset
from labelviz.core.decisions import Review
from labelviz.core.distributions import Targets
from labelviz.errors import ExportRefused
from labelviz.layers.making import make_targets
from labelviz.layers.policy import parse_policy
from labelviz.tables.columns import Columns
from labelviz.tables.export import as_exported, export, export_columns, sheet_of
from labelviz.tables.exported import DECIDED
from labelviz.tables.load import load_dataset
from labelviz.tables.missing import with_nulls
from labelviz.tables.read import read_table
from labelviz.tables.writers.known import WRITERS
from labelviz.tables.writers.label_studio import NO_XML
from labelviz.tables.writers.writer import ExportTable, values_of_cells
from tests.conftest import dataset_of
from tests.tables.writers.conftest import make_sheet
from tests.tables.writers.test_known import digest

# Examples of each way: few in the suite, more where `make roundtrip` asks for them.
EXAMPLES = int(os.environ.get("LABELVIZ_ROUND_TRIPS", "10"))
# Each format; and CSV for spreadsheets too.
WAYS = [(name, True) for name in WRITERS] + [("csv", False)]
MARKS = "ab|;,#\"'[]{}=+-@:  _\\.\n\r\t中é\u3000\u00a0\ufeff\u2028🙂0"
LETTERS = st.one_of(
    st.sampled_from(MARKS), st.characters(exclude_categories=["Cs"], exclude_characters="\0")
)
CELLS = st.text(LETTERS, max_size=8)
NAMES = CELLS.filter(lambda name: bool(name.strip()))


@st.composite
def cases(draw: st.DrawFn) -> tuple[pd.DataFrame, Dataset, Targets]:
    """A file's own columns, the samples in it, and targets of them."""
    task = draw(st.sampled_from(["binary", "multiclass", "multilabel"]))
    low, high = {"binary": (2, 2), "multiclass": (3, 4), "multilabel": (1, 3)}[task]
    classes = tuple(draw(st.lists(NAMES, min_size=low, max_size=high, unique=True)))
    n, k = draw(st.integers(1, 4)), len(classes)
    several = task == "multilabel"
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    values = rng.random((n, k)) if several else rng.dirichlet(np.ones(k), n)
    if draw(st.booleans()):
        values = 1.0 * (values >= (0.5 if several else values.max(axis=1, keepdims=True)))
    given_ = (values >= 0.5).astype(int) if several else values.argmax(axis=1)
    sides = draw(st.integers(1, 2))
    names = draw(st.lists(NAMES, min_size=4, max_size=6, unique=True))
    some = st.none() | CELLS
    cells = {name: draw(st.lists(some, min_size=n, max_size=n)) for name in names}
    cells[names[0]] = draw(st.lists(NAMES, min_size=n, max_size=n, unique=True))
    texts = [[cell or "" for cell in cells[each]] for each in names[1 : 1 + sides]]
    data = dataset_of(given_, classes, texts=texts, task=task)
    data = replace(data, ids=strings(cells[names[0]]))
    weight = np.array(draw(st.lists(st.sampled_from([0.0, 1 / 3, 1.0]), min_size=n, max_size=n)))
    source = strings(draw(st.lists(st.sampled_from(["policy", "given"]), min_size=n, max_size=n)))
    targets = Targets(values, classes, data.ids, several, weight, source, "smooth:off=0.1")
    return pd.DataFrame(cells, dtype=object), data, targets


def sheet(original: pd.DataFrame, data: Dataset, added, *, exact: bool) -> ExportTable:
    about = {"task": data.task, "classes": list(data.classes)}
    return sheet_of(original, data.ids.tolist(), added, about, data.texts, exact=exact)


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize(
    "classes", [("0", "[1]"), ("0", "[]"), ("a", "{}"), ('["a"]', '["b"]', "c")]
)
def test_a_class_that_looks_like_a_list_comes_back_whole(tmp_path: Path, classes, exact: bool):
    n = len(classes)
    data = dataset_of(range(n), classes, texts=[[f"text {row}" for row in range(n)]])
    original = pd.DataFrame({"id": data.ids, "text": data.texts[0]}, dtype=object)
    targets = make_targets(data, parse_policy("smooth:off=0.1"))
    first = sheet(original, data, export_columns(targets, Review(data)), exact=exact)
    table = read_table(export(tmp_path / "t.csv", first, WRITERS["csv"]).path)
    columns = Columns("text", "hard_label", id="id", soft=tuple(first.target_columns))
    back, _, make_report = load_dataset(table, as_exported(table.frame, columns))
    assert make_report().quarantined == ()
    assert (back.classes, back.task) == (data.classes, data.task)
    assert back.given.tolist() == data.given.tolist()


@pytest.mark.bad_input("J12")
@pytest.mark.parametrize(("name", "exact"), WAYS)
@settings(max_examples=EXAMPLES)
@given(cases())
def test_all_comes_back_and_the_next_export_is_the_same(
    tmp_path_factory: pytest.TempPathFactory, name: str, exact: bool, case
):
    original, data, targets = case
    writer = WRITERS[name]
    first = sheet(original, data, export_columns(targets, Review(data)), exact=exact)
    if name == "label-studio" and any(map(NO_XML.search, data.classes)):
        with pytest.raises(ExportRefused, match="A class has a character that the configuration"):
            export(tmp_path_factory.mktemp("there") / "t.json", first, writer)
        return
    done = export(tmp_path_factory.mktemp("there") / f"t{writer.suffix}", first, writer)
    table = read_table(done.path)
    assert table.quarantined == ()
    assert list(table.frame.columns)[: len(first.columns)] == list(first.columns)
    for column, cells in first.columns.items():
        if isinstance(cells, np.ndarray):
            assert [float(each) for each in table.frame[column]] == cells.tolist()
        else:
            assert table.frame[column].tolist() == list(cells)
            gone = table.missing.get(column, np.array([], np.int64))
            wanted = [cell is None for cell in values_of_cells(cells)]
            assert np.isin(table.frame.index, gone).tolist() == wanted

    its_id, *texts = map(str, original.columns[: 1 + len(data.texts)])
    added = first.added
    asked = Columns(
        texts[0], added["hard_label"], text_b="".join(texts[1:]), id=its_id,
        soft=tuple(first.target_columns), weight=added["weight"], exact_ids=True,
    )  # fmt: skip
    back, accepted, make_report = load_dataset(table, as_exported(table.frame, asked))
    assert make_report().quarantined == ()
    assert (back.classes, back.multilabel) == (data.classes, data.multilabel)
    assert back.ids.tolist() == data.ids.tolist()
    assert [each.tolist() for each in back.texts] == [each.tolist() for each in data.texts]
    assert back.given.tolist() == data.given.tolist()
    again = make_targets(back, parse_policy("given"))
    assert again.values.tolist() == targets.values.tolist()
    assert again.weight.tolist() == targets.weight.tolist()

    again = replace(again, policy=targets.policy, source=targets.source)
    said = export_columns(again, Review(back))
    said |= {plain: accepted[added[plain]].tolist() for plain in ("status", *DECIDED)}
    own = pd.DataFrame(
        {name: cells.to_pylist() for name, cells in zip(
            accepted.columns, with_nulls(accepted, table.missing), strict=True
        )}, dtype=object,
    )[[str(each) for each in original.columns]]  # fmt: skip
    other = sheet(own, replace(back, task=data.task), said, exact=exact)
    second = export(tmp_path_factory.mktemp("back") / f"t{writer.suffix}", other, writer)
    assert second.record["columns"] == done.record["columns"]
    assert digest(second.path) == digest(done.path)


@pytest.mark.parametrize("name", WRITERS)
def test_columns_of_another_tool_are_columns_in_an_export(tmp_path: Path, name: str):
    tool = {"annotation_id": ["7", "8"], "annotator": ["ann", '["b"]'], "lead_time": ["1.50", "2"]}
    writer = WRITERS[name]
    wrote = make_sheet(["a kettle", "[1,  2]"], **tool)
    path = export(tmp_path / f"t{writer.suffix}", wrote, writer).path
    table = read_table(path)
    assert {column: table.frame[column].tolist() for column in tool} == tool
    assert table.frame["text"].tolist() == ["a kettle", "[1,  2]"]
    assert table.meant == Columns()
