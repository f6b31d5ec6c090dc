from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelviz.core.arrays import strings
from labelviz.core.decisions import Review
from labelviz.core.distributions import Targets
from labelviz.core.files import sha256
from labelviz.errors import ExportRefused
from labelviz.layers.decided import with_decisions
from labelviz.layers.ground import Ground
from labelviz.layers.making import Making, make_targets
from labelviz.layers.policy import parse_policy
from labelviz.tables import export
from labelviz.tables.columns import Columns
from labelviz.tables.export import (
    as_exported,
    export_columns,
    recognised,
    sheet_of,
    with_label,
)
from labelviz.tables.exported import OWN
from labelviz.tables.load import load_dataset
from labelviz.tables.options import ReadOptions
from labelviz.tables.read import read_table
from labelviz.tables.writers.delimited import CSV
from labelviz.tables.writers.writer import texts_of_cells
from tests.conftest import assert_message, dataset_of, decision_of

CELLS = st.text(
    st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from(',"\r\n;\t 中é')),
    max_size=6,
)
NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
ADDED = {"hard_label": ["yes", "no"], "weight": ["1.0", "0.0"]}


def export_csv(path: Path, original, ids, added, about, *, exact: bool = True):
    return export.export(path, sheet_of(original, ids, added, about, exact=exact))


def as_texts(columns):
    return {name: list(texts_of_cells(cells)) for name, cells in columns.items()}


def read(path: Path) -> list[list[str]]:
    csv.field_size_limit(10_000_000)
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def frame(**columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame(columns, dtype=object)


@given(st.data(), st.integers(1, 5), st.lists(NAMES, min_size=1, max_size=4, unique=True))
def test_every_cell_reads_back(tmp_path_factory: pytest.TempPathFactory, data, n: int, names):
    rows = st.lists(CELLS, min_size=n, max_size=n)
    original = pd.DataFrame({name: data.draw(rows) for name in names}, dtype=object)
    added = {name: data.draw(rows) for name in ("hard_label", "status", "note")}
    path = tmp_path_factory.mktemp("export") / "targets.csv"
    done = export_csv(path, original, [f"s{row}" for row in range(n)], added, {})
    found = read(path)
    assert found[0] == done.record["columns"]
    by_name = dict(zip(found[0], zip(*found[1:], strict=True), strict=True))
    assert len(by_name) == len(names) + 3 + 1
    for name in names:
        assert list(by_name[name]) == original[name].tolist()
    for name, cells in added.items():
        assert list(by_name[done.record["added_columns"][name]]) == cells


@pytest.mark.bad_input("C07", "C08", "J13")
def test_leading_zeros_commas_quotes_lines_and_chinese(tmp_path: Path):
    original = frame(id=["007", "1,2"], text=['say "hi"\nnow', "中文，文本"], x=["1e5", ""])
    export_csv(tmp_path / "t.csv", original, ["007", "1,2"], ADDED, {})
    assert read(tmp_path / "t.csv") == [
        ["id", "text", "x", "hard_label", "weight"],
        ["007", 'say "hi"\nnow', "1e5", "yes", "1.0"],
        ["1,2", "中文，文本", "", "no", "0.0"],
    ]


@pytest.mark.bad_input("B10")
def test_a_field_over_the_usual_limit_is_written_and_checked(tmp_path: Path):
    csv.field_size_limit(131_072)
    long = "x" * 200_000
    export_csv(tmp_path / "t.csv", frame(text=[long, ""]), ["a", "b"], ADDED, {})
    assert read(tmp_path / "t.csv")[1] == ["a", long, "yes", "1.0"]


def test_ids_come_first_where_no_column_holds_them(tmp_path: Path):
    export_csv(tmp_path / "t.csv", frame(text=["x", "y"]), ["a", "b"], ADDED, {})
    assert [row[0] for row in read(tmp_path / "t.csv")] == ["id", "a", "b"]


@pytest.mark.bad_input("B14")
def test_a_column_of_the_same_name_keeps_it_and_ours_is_renamed(tmp_path: Path):
    original = frame(id=["1", "1"], weight=["heavy", "light"], labelviz_weight=["x", "y"])
    done = export_csv(tmp_path / "t.csv", original, ["made-1", "made-2"], ADDED, {})
    assert read(tmp_path / "t.csv") == [
        [
            "labelviz_id",
            "id",
            "weight",
            "labelviz_weight",
            "hard_label",
            "labelviz_labelviz_weight",
        ],
        ["made-1", "1", "heavy", "x", "yes", "1.0"],
        ["made-2", "1", "light", "y", "no", "0.0"],
    ]
    assert done.record["added_columns"] == {
        "hard_label": "hard_label",
        "weight": "labelviz_labelviz_weight",
    }


@pytest.mark.parametrize(
    ("taken", "renamed"),
    [
        ("hard_label", {"hard_label", "target_no", "target_yes"}),
        ("target_yes", {"hard_label", "target_no", "target_yes"}),
        ("weight", {"weight"}),
        ("status", {"status"}),
    ],
)
def test_the_label_and_its_targets_are_renamed_together(tmp_path: Path, taken: str, renamed: set):
    data = dataset_of([0, 1])
    added = export_columns(make_targets(data, parse_policy("hard")), Review(data))
    original = frame(id=list(data.ids), text=["x", "y"], **{taken: ["", ""]})
    done = export_csv(tmp_path / "t.csv", original, list(data.ids), added, {})
    assert done.record["added_columns"] == {
        name: f"labelviz_{name}" if name in renamed else name for name in added
    }


def test_the_manifest_has_an_entry_for_every_export(tmp_path: Path):
    for name in ("one.csv", "two.csv"):
        export_csv(tmp_path / name, frame(text=["x", "y"]), ["a", "b"], ADDED, {"policy": name})
    entries = json.loads((tmp_path / "manifest.json").read_text())["labelviz_exports"]
    assert list(entries) == ["one.csv", "two.csv"]
    assert entries["two.csv"] == {
        "policy": "two.csv",
        "rows": 2,
        "columns": ["id", "text", "hard_label", "weight"],
        "added_columns": {"hard_label": "hard_label", "weight": "weight"},
        "exact": True,
        "beside": [],
        "sha256": sha256(tmp_path / "two.csv"),
    }


@pytest.mark.bad_input("J03")
def test_an_export_never_overwrites(tmp_path: Path):
    (tmp_path / "t.csv").write_text("mine")
    with pytest.raises(ExportRefused) as refused:
        export_csv(tmp_path / "t.csv", frame(text=["x", "y"]), ["a", "b"], ADDED, {})
    assert_message(refused.value, "t.csv exists already.", "t.csv", "left as it is", "another name")
    assert (tmp_path / "t.csv").read_text() == "mine"
    assert not (tmp_path / "manifest.json").exists()


@pytest.mark.bad_input("J03")
@pytest.mark.parametrize(
    "content", ['{"name": "a web app"}', "[]", "not json", '{"labelviz_exports": []}', "3"]
)
def test_a_manifest_of_something_else_is_left_alone(tmp_path: Path, content: str):
    (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(ExportRefused) as refused:
        export_csv(tmp_path / "t.csv", frame(text=["x", "y"]), ["a", "b"], ADDED, {})
    assert_message(
        refused.value,
        "manifest.json that labelviz did not write",
        "manifest.json",
        "It was left as it is.",
        "another folder",
    )
    assert (tmp_path / "manifest.json").read_text() == content
    assert not (tmp_path / "t.csv").exists()


@pytest.mark.bad_input("J04", "H03")
@pytest.mark.parametrize(
    ("damage", "where"),
    [
        (lambda text: text.replace("yes", "yep"), "row 2, column 'hard_label'"),
        (lambda text: text.replace("text", "txet"), "row 1, column 'text'"),
        (lambda text: text.rsplit("\r\n", 2)[0] + "\r\n", "row 3, column 'id'"),
        (lambda text: text + "c,z,no,1.0\r\n", "row 4, column 'id'"),
        (lambda text: text.replace(",y,", ',"y"x,'), "row 3: ',' expected"),
        (lambda text: text + '"torn', "row 4: unexpected end of data"),
    ],
)
def test_a_file_that_reads_back_differently_is_not_published(tmp_path: Path, damage, where: str):
    write = CSV.write

    def damaged(path: Path, sheet) -> None:
        write(path, sheet)
        path.write_bytes(damage(path.read_bytes().decode()).encode())

    sheet = sheet_of(frame(text=["x", "y"]), ["a", "b"], ADDED, {})
    with pytest.raises(ExportRefused) as refused:
        export.export(tmp_path / "t.csv", sheet, replace(CSV, write=damaged))
    assert_message(
        refused.value, f"Export check failed at {where}", str(tmp_path), remedy="export again"
    )
    assert list(tmp_path.iterdir()) == []


def test_the_added_columns_of_single_labels():
    data = dataset_of([0, 1, 1, 0])
    review = Review(
        data,
        [
            decision_of("1", "s1", "choose", label=("no",), note="see, \n", sequence=1,
                        decided_at="2026-01-01T00:00:00+00:00"),
            decision_of("2", "s2", "exclude", reviewer="bob", sequence=2),
            decision_of("3", "s3", "flag", note="help", sequence=3, decided_at="later"),
        ]
    )  # fmt: skip
    shape = Making(Ground(data), parse_policy("smooth:off=0.1"))
    columns = as_texts(export_columns(with_decisions(shape, review), review))
    assert columns == {
        "hard_label": ["no", "no", "yes", "no"],
        "target_no": ["0.9", "1.0", "0.1", "0.9"],
        "target_yes": ["0.1", "0.0", "0.9", "0.1"],
        "weight": ["1.0", "1.0", "0.0", "1.0"],
        "status": ["unreviewed", "corrected", "excluded", "disputed"],
        "source": ["policy", "reviewer", "reviewer", "policy"],
        "policy": ["smooth:off=0.1"] * 4,
        "reviewer": ["", "ann", "bob", "ann"],
        "decided_at": ["", "2026-01-01T00:00:00+00:00", "", "later"],
        "note": ["", "see, \n", "", "help"],
    }


def test_whoever_settled_a_sample_is_named_with_the_time_and_note_of_that():
    data = dataset_of([0, 0, 0, 0])
    said = [
        ("s0", "ann", "choose", {"label": ("no",), "note": "first"}),
        ("s0", "judge", "choose", {"label": ("yes",), "note": "settled", "final": True}),
        ("s0", "bob", "choose", {"label": ("no",), "note": "too late"}),
        ("s1", "ann", "keep", {"note": "mine"}),
        ("s1", "bob", "exclude", {"note": "his"}),
        ("s2", "ann", "unsure", {"note": "hm"}),
    ]
    review = Review(
        data,
        [
            decision_of(str(n), sample, verdict, reviewer=who, sequence=n, decided_at=f"at {n}",
                        **more)
            for n, (sample, who, verdict, more) in enumerate(said, start=1)
        ],
    )  # fmt: skip
    shape = Making(Ground(data), parse_policy("hard"))
    pools = Making(Ground(data), parse_policy("people:disputed=pooled"))
    columns = as_texts(export_columns(with_decisions(shape, review), review))
    assert columns["hard_label"] == ["yes", "no", "no", "no"]
    assert columns["status"] == ["corrected", "disputed", "unsure", "unreviewed"]
    assert columns["reviewer"] == ["judge", "", "ann", ""]
    assert columns["decided_at"] == ["at 2", "", "at 6", ""]
    assert columns["note"] == ["settled", "", "hm", ""]
    together = as_texts(export_columns(with_decisions(pools, review), review))
    assert together["source"] == ["reviewer", "pooled", "given", "given"]
    assert together["weight"] == ["1.0", "0.5", "1.0", "1.0"]
    assert together["reviewer"] == ["judge", "", "ann", ""]


NASTY = st.text(
    st.one_of(
        st.sampled_from("ab|;,#\"'[]{}=+-@: _\\."),
        st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp", "Zs"]),
    ),
    min_size=1,
    max_size=6,
).filter(lambda name: name == name.strip() and bool(name))


@st.composite
def targeted(draw: st.DrawFn):
    """Targets over classes of any name, some of them of samples with no class or no weight."""
    task = draw(st.sampled_from(["binary", "multiclass", "multilabel"]))
    low, high = {"binary": (2, 2), "multiclass": (3, 4), "multilabel": (1, 4)}[task]
    names = draw(st.lists(NASTY, min_size=low, max_size=high, unique=True))
    n, k = draw(st.integers(1, 5)), len(names)
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    values = rng.random((n, k)) if task == "multilabel" else rng.dirichlet(np.ones(k), n)
    if draw(st.booleans()):
        values = (
            values >= (0.5 if task == "multilabel" else values.max(axis=1, keepdims=True))
        ) * 1.0
    given_ = (values >= 0.5).astype(int) if task == "multilabel" else values.argmax(axis=1)
    data = dataset_of(given_, tuple(names), task=task)
    weight = np.array(draw(st.lists(st.sampled_from([0.0, 1 / 3, 1.0]), min_size=n, max_size=n)))
    source = strings(["policy"] * n)
    return data, Targets(
        values, data.classes, data.ids, data.multilabel, weight, source, "smooth:off=0.1"
    )


@settings(max_examples=150)
@given(targeted(), st.booleans())
def test_what_was_exported_loads_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, case, exact: bool
):
    data, targets = case
    path = tmp_path_factory.mktemp("export") / "targets.csv"
    texts = [f"a text of some words, number {row}" for row in range(len(data))]
    original = frame(id=list(data.ids), text=texts)
    added = export_columns(targets, Review(data))
    export_csv(path, original, list(data.ids), added, {}, exact=exact)
    told = ReadOptions(encoding="utf-8", delimiter=",", quote='"', escape="double", header="yes")
    table = read_table(path, told)
    soft = tuple(f"target_{name}" for name in data.classes)
    asked = Columns("text", "hard_label", id="id", soft=soft, weight="weight")
    back, _, make_report = load_dataset(table, as_exported(table.frame, asked))
    assert make_report().quarantined == ()
    assert back.classes == data.classes
    assert back.multilabel == data.multilabel
    assert back.given.tolist() == data.given.tolist()
    assert back.soft is not None
    assert back.soft.tolist() == targets.values.tolist()
    assert back.weight is not None
    assert back.weight.tolist() == targets.weight.tolist()
    again = make_targets(back, parse_policy("given"))
    assert again.values.tolist() == targets.values.tolist()
    assert again.weight.tolist() == targets.weight.tolist()


def test_what_somebody_said_of_classes_stands_before_what_the_columns_say(tmp_path: Path):
    table = read_table(exported(tmp_path))
    plain = Columns("text", "hard_label", id="id")
    assert as_exported(table.frame, plain).classes == ("no", "yes")
    for said in (
        replace(plain, task="multiclass"),
        replace(plain, classes=("yes", "no")),
        replace(plain, label="label"),
        replace(plain, label="gone"),
    ):
        assert as_exported(table.frame, said) == said
    other = table.frame.drop(columns="status")
    assert as_exported(other, plain) == plain


def test_an_export_of_an_export_names_its_own_classes(tmp_path: Path):
    table = read_table(exported(tmp_path))
    data = dataset_of([1, 0], ("no", "a|b"))
    added = export_columns(make_targets(data, parse_policy("hard")), Review(data))
    path = export_csv(tmp_path / "again.csv", table.frame, list(data.ids), added, {}).path
    again = read_table(path).frame
    asked = Columns("text", "labelviz_hard_label", id="id")
    assert as_exported(again, asked).classes == ("no", "a|b")
    assert as_exported(again, replace(asked, label="hard_label")).classes == ("no", "yes")


def test_a_column_of_somebody_named_like_a_target_is_no_class(tmp_path: Path):
    data = dataset_of([0, 1])
    added = export_columns(make_targets(data, parse_policy("hard")), Review(data))
    original = frame(id=list(data.ids), text=["good", "bad"], target_audience=["old", "young"])
    path = export_csv(tmp_path / "targets.csv", original, list(data.ids), added, {}).path
    table = read_table(path)
    assert table.notes[0].count == 10
    assert as_exported(table.frame, Columns("text", "hard_label", id="id")).classes == data.classes


def test_targets_beside_another_label_tell_the_classes(tmp_path: Path):
    table = read_table(exported(tmp_path)).frame
    for label in ("label", ""):
        asked = Columns("text", label, id="id", soft=("target_yes", "target_no"))
        assert as_exported(table, asked).classes == ("no", "yes")
    asked = Columns("text", "text", id="id", soft=("target_yes", "target_no"))
    assert as_exported(table, asked) == asked


def test_a_label_comes_with_its_own_targets_and_leaves_those_of_another_export_alone(
    tmp_path: Path,
):
    names = read(exported(tmp_path))[0]
    asked = Columns("text", id="id")
    own = Columns("text", "hard_label", id="id", soft=("target_no", "target_yes"), weight="weight")
    assert with_label(asked, "hard_label", names) == own
    assert with_label(own, "label", names) == replace(asked, label="label")
    mine = replace(asked, soft=("p_no", "p_yes"), weight="cost")
    assert with_label(mine, "label", [*names, "p_no", "p_yes", "cost"]) == replace(
        mine, label="label"
    )


def test_unknown_multilabel_cells_are_empty():
    data = dataset_of([[1, 1], [0, -1]], ("a", "b"))
    columns = as_texts(export_columns(make_targets(data, parse_policy("hard")), Review(data)))
    assert columns["hard_label"] == ['["a", "b"]', ""]
    assert columns["target_a"] == ["1.0", "0.0"]
    assert columns["target_b"] == ["1.0", ""]


@pytest.mark.bad_input("F20")
@given(st.lists(st.floats(0, 1), min_size=1, max_size=6))
def test_exported_numbers_are_exact(shares):
    n = len(shares)
    data = dataset_of([0] * n)
    values = np.stack([shares, 1 - np.array(shares)], axis=1)
    targets = Targets(
        values, data.classes, data.ids, False, np.ones(n), strings(["policy"] * n), "x"
    )
    columns = as_texts(export_columns(targets, Review(data)))
    assert [float(each) for each in columns["target_no"]] == shares
    assert [float(each) for each in columns["target_yes"]] == values[:, 1].tolist()


def exported(tmp_path: Path) -> Path:
    """An export of two samples, with its manifest beside it."""
    data = dataset_of([0, 1])
    targets = make_targets(data, parse_policy("hard"), None)
    columns = as_texts(export_columns(targets, Review(data)))
    original = frame(id=list(data.ids), text=["good", "bad"], label=["no", "yes"])
    return export_csv(tmp_path / "targets.csv", original, list(data.ids), columns, {}).path


def test_an_export_loads_back_and_is_recognised(tmp_path: Path):
    table = read_table(exported(tmp_path))
    assert table.frame["text"].tolist() == ["good", "bad"]
    assert table.frame["target_yes"].tolist() == ["0.0", "1.0"]
    told = [(note.count, note.text) for note in table.notes]
    assert told == [
        (10, "columns were added by labelviz when it exported this file"),
        (2, "rows are as labelviz exported them"),
    ]


@pytest.mark.bad_input("J16")
def test_an_export_that_was_changed_is_told(tmp_path: Path):
    path = exported(tmp_path)
    path.write_text(path.read_text("utf-8").replace("good", "fine"), "utf-8")
    note = read_table(path).notes[-1]
    assert note.text == "rows when labelviz exported this file, which was changed since"


def test_an_export_elsewhere_is_known_by_its_columns(tmp_path: Path):
    path = exported(tmp_path)
    for manifest in (None, "not json", '{"labelviz_exports": {"targets.csv": 5}}'):
        (tmp_path / "manifest.json").unlink(missing_ok=True)
        if manifest is not None:
            (tmp_path / "manifest.json").write_text(manifest)
        assert len(read_table(path).notes) == 1
    assert recognised(path, "", ["id", "hard_label", "target_a"]) == []


def test_a_manifest_that_counts_in_words_counts_as_nothing(tmp_path: Path):
    path = exported(tmp_path)
    manifest = tmp_path / "manifest.json"
    entries = json.loads(manifest.read_text())
    entries["labelviz_exports"]["targets.csv"]["rows"] = "two"
    manifest.write_text(json.dumps(entries))
    assert read_table(path).notes[-1].count == 0


EXPORTS = """
import sys
from pathlib import Path
import pandas as pd
from labelviz.tables.export import export, sheet_of

begin()
for number in range(10):
    path = Path(sys.argv[1]) / f"{sys.argv[2]}-{number}.csv"
    export(path, sheet_of(pd.DataFrame({"id": ["a"]}), ["a"], {}, {}))
"""


def test_exports_into_one_folder_at_once_all_have_their_entry(tmp_path: Path, at_once):
    at_once(EXPORTS, [(str(tmp_path), f"p{n}") for n in range(3)])
    entries = json.loads((tmp_path / "manifest.json").read_text())["labelviz_exports"]
    assert entries.keys() == {f"p{n}-{number}.csv" for n in range(3) for number in range(10)}


@pytest.mark.bad_input("J03", "H02")
def test_a_file_is_entered_before_it_appears_and_no_entry_stays_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    export_csv(tmp_path / "first.csv", frame(text=["a", "b"]), ["1", "2"], ADDED, {})
    before = json.loads((tmp_path / "manifest.json").read_text())
    entered = []

    def meanwhile(temporary: Path, path: Path) -> None:
        manifest = json.loads((tmp_path / "manifest.json").read_text())
        entered.append(path.name in manifest["labelviz_exports"])
        raise FileExistsError

    monkeypatch.setattr("labelviz.core.files.os.link", meanwhile)
    with pytest.raises(ExportRefused, match="created by somebody else meanwhile"):
        export_csv(tmp_path / "second.csv", frame(text=["a", "b"]), ["1", "2"], ADDED, {})
    assert entered == [True]
    assert json.loads((tmp_path / "manifest.json").read_text()) == before


# For spreadsheets

PAYLOADS = (
    "=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\x00=1", "＝1", "＋1+1", "－a",
    "＠a", "  =1+1", '"=1+1"', "'=1+1", "''=1", "=cmd|' /C calc'!A0", "-", "+49 30 123", "\u00a0=1",
)  # fmt: skip
CELL = st.one_of(
    CELLS, st.sampled_from(PAYLOADS), st.text(st.sampled_from("'\"= -+@\t1"), max_size=4)
)


@pytest.mark.bad_input("J05", "J07", "E11", "D08")
def test_no_text_is_a_formula_to_a_spreadsheet_and_all_come_back(tmp_path: Path):
    n = len(PAYLOADS)
    original = pd.DataFrame({"id": map(str, range(n)), "=head": PAYLOADS, "guarded": "x"})
    added = {"hard_label": list(PAYLOADS), "target_a": ["-0.5"] * n, "note": list(PAYLOADS)}
    added = {**dict.fromkeys(OWN, ["1.0"] * n), **added}
    added = {name: added[name] for name in ("hard_label", "target_a", *OWN[1:])}
    ids = original["id"].tolist()
    safe = export_csv(tmp_path / "safe.csv", original, ids, added, {}, exact=False)
    exact = export_csv(tmp_path / "exact.csv", original, ids, added, {})
    header, *rows = read(safe.path)
    assert header[:2] == ["id", "'=head"]
    assert header[-1] == "labelviz_guarded"
    for row, payload in zip(rows, PAYLOADS, strict=True):
        cells = dict(zip(header, row, strict=True))
        assert cells["'=head"] == cells["note"] == f"'{payload}"
        assert cells["target_a"] == "-0.5"
        assert json.loads(cells["labelviz_guarded"]) == ["=head", "hard_label", "note"]
    assert (safe.record["exact"], exact.record["exact"]) == (False, True)
    told = ReadOptions(encoding="utf-8", delimiter=",", quote='"', escape="double", header="yes")
    back, as_it_was = read_table(safe.path, told), read_table(exact.path, told)
    assert back.frame.to_dict("list") == as_it_was.frame.to_dict("list")
    taken_off = next(note for note in back.notes if "apostrophe" in note.text)
    assert taken_off.count == 3 * len(back.frame) >= 3 * (n - 1)


@pytest.mark.bad_input("J05")
@given(st.data(), st.lists(NAMES, min_size=1, max_size=3, unique=True))
def test_an_export_for_spreadsheets_is_an_exact_one_once_it_is_read(
    tmp_path_factory: pytest.TempPathFactory, data, names
):
    rows = st.lists(CELL, min_size=2, max_size=2)
    original = pd.DataFrame({name: data.draw(rows) for name in names}, dtype=object)
    added = {name: ["a", "b"] for name in ("hard_label", "target_a", *OWN[1:])}
    added["note"] = data.draw(rows)
    folder = tmp_path_factory.mktemp("export")
    safe = export_csv(folder / "safe.csv", original, ["i", "j"], added, {}, exact=False)
    exact = export_csv(folder / "exact.csv", original, ["i", "j"], added, {})
    found, wanted = (pd.DataFrame(rest, columns=head, dtype=object) for head, *rest in map(
        read, (safe.path, exact.path)
    ))  # fmt: skip
    assert export.unguarded(found)[0].to_dict("list") == wanted.to_dict("list")


def test_a_second_export_of_one_that_was_loaded_comes_back_too(tmp_path: Path):
    added = {name: ["'=a", "b"] for name in ("hard_label", "target_a", *OWN[1:])}
    original = frame(id=["1", "2"], text=["'=x", "=y"])
    first = export_csv(tmp_path / "1.csv", original, ["1", "2"], added, {}, exact=False)
    once = read_table(first.path).frame
    second = export_csv(tmp_path / "2.csv", once, ["1", "2"], added, {}, exact=False)
    twice = read_table(second.path).frame
    assert twice["text"].tolist() == ["'=x", "=y"]
    assert twice["hard_label"].tolist() == twice["labelviz_hard_label"].tolist() == ["'=a", "b"]


def test_a_cell_that_somebody_put_right_in_between_stands(tmp_path: Path):
    added = {name: ["a", "b"] for name in ("hard_label", "target_a", *OWN[1:])}
    original = frame(id=["1", "2"], text=["=x", "=y"])
    done = export_csv(tmp_path / "1.csv", original, ["1", "2"], added, {}, exact=False)
    done.path.write_text(done.path.read_text().replace("'=x", "equals x"))
    assert read_table(done.path).frame["text"].tolist() == ["equals x", "=y"]


def test_where_nothing_looks_a_formula_both_are_the_same(tmp_path: Path):
    for name, exact in (("a.csv", True), ("b.csv", False)):
        export_csv(tmp_path / name, frame(text=["x", "-1.5"]), ["a", "b"], ADDED, {}, exact=exact)
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_a_column_of_that_name_in_another_file_is_left_alone(write):
    table = read_table(write('id,text,label,guarded\n1,\'=x,a,"[""text""]"\n2,b,c,\n', "own.csv"))
    assert table.frame["text"].tolist() == ["'=x", "b"]
    assert "guarded" in table.frame
