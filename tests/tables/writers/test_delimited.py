from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from labelviz.tables.writers.delimited import columns_of, write
from labelviz.tables.writers.writer import ExportTable


def test_a_formula_gets_its_apostrophe_unless_every_text_is_wanted(tmp_path: Path):
    sheet = ExportTable({"id": ["1"], "text": ["=1+1"], "guarded": ["mine"]}, {}, "id")
    assert columns_of(sheet)["text"] == ["=1+1"]
    safe = replace(sheet, exact=False)
    assert columns_of(safe) == {
        "id": ["1"], "text": ["'=1+1"], "guarded": ["mine"], "labelviz_guarded": ['["text"]'],
    }  # fmt: skip
    write(tmp_path / "t.csv", sheet)
    assert (tmp_path / "t.csv").read_bytes() == b"id,text,guarded\r\n1,=1+1,mine\r\n"
