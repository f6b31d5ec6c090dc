from __future__ import annotations

from pathlib import Path

import pytest

from labelviz.errors import FileRefused
from labelviz.tables.columnar import card_classes, fingerprint
from labelviz.tables.read import read_table

CARD = """---
license: mit
dataset_info:
  features:
  - name: text
    dtype: string
  - name: label
    dtype:
      class_label:
        names:
          '0': wet
          '1': 'dry'
---
# A set
"""


@pytest.mark.bad_input("P17")
def test_files_named_after_splits(tmp_path: Path):
    (tmp_path / "train.csv").write_text("text,label\nrain,0\nsun,1,9\n", "utf-8")
    (tmp_path / "test.csv").write_text("text,label,src\nfog,0,web\n", "utf-8")
    table = read_table(tmp_path)
    assert table.frame.to_dict("list") == {
        "text": ["fog", "rain"], "label": ["0", "0"], "src": ["web", ""],
        "split": ["test", "train"],
    }  # fmt: skip
    assert table.rows_in == 3
    assert len(table.frame.index.union([each.line for each in table.quarantined])) == 3


@pytest.mark.bad_input("P17")
def test_names_of_the_card_stand_for_numbers(tmp_path: Path):
    (tmp_path / "README.md").write_text(CARD, "utf-8")
    (tmp_path / "part1.csv").write_text("text,label\nrain,0\nsun,1\n", "utf-8")
    (tmp_path / "part2.csv").write_text("text,label\nfog,-1\nice,7\n", "utf-8")
    assert card_classes(tmp_path) == {"label": ["wet", "dry"]}
    table = read_table(tmp_path)
    assert list(table.frame["label"]) == ["wet", "dry", "", "7"]
    assert list(table.frame["file"]) == ["part1.csv"] * 2 + ["part2.csv"] * 2
    before = fingerprint(tmp_path)
    (tmp_path / "README.md").write_text(CARD.replace("wet", "moist"), "utf-8")
    assert fingerprint(tmp_path) != before


def test_a_card_that_says_nothing(tmp_path: Path):
    assert card_classes(tmp_path) == {}
    (tmp_path / "README.md").write_text("# A set\n" + CARD, "utf-8")
    assert card_classes(tmp_path) == {}


def test_a_folder_of_different_tables_is_refused(tmp_path: Path):
    (tmp_path / "labels.csv").write_text("text,label\nrain,wet\n", "utf-8")
    (tmp_path / "people.csv").write_text("name,label\nAnn,wet\n", "utf-8")
    with pytest.raises(FileRefused, match=r"labels.csv and people.csv are no parts of one table"):
        read_table(tmp_path)


@pytest.mark.bad_input("P17")
@pytest.mark.parametrize("key", ["sequence", "list"])
def test_lists_of_class_numbers_get_their_names(tmp_path: Path, key: str):
    (tmp_path / "README.md").write_text(CARD.replace("dtype:\n      class", f"{key}:\n      class"))
    rows = '{"text": "sleet", "label": [0, 1]}\n{"text": "sun", "label": []}\n'
    (tmp_path / "train.jsonl").write_text(rows + '{"text": "fog", "label": [7]}\n', "utf-8")
    assert list(read_table(tmp_path).frame["label"]) == ['["wet","dry"]', "[]", "[7]"]
