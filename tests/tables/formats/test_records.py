from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from labelviz.errors import FileRefused
from labelviz.requests.load import Load
from labelviz.tables.formats.records import (
    CANNOT_SAY,
    NO_PAIR,
    TOO_LARGE,
    fits_ids,
    fits_splink,
    fits_zingg,
    is_ditto,
    read_ditto,
    read_ids,
    read_splink,
    read_zingg,
)
from labelviz.tables.read import read_table

Write = Callable[..., Path]


def pair(**more: Any) -> dict[str, Any]:
    row = {"unique_id_l": "a1", "unique_id_r": "b1", "name_l": "Ann Lee", "name_r": "Anna Lee",
           "town_l": "Rome", "town_r": "Roma", "source_dataset_l": "x", "source_dataset_r": "y",
           "gamma_name": 2, "match_weight": 1.5}  # fmt: skip
    return {**row, **more}


@pytest.mark.bad_input("P13", "P19")
def test_a_probability_of_splink_is_a_label_and_how_sure_it_is():
    made = read_splink([(1, pair(match_probability=0.9)), (2, pair(match_probability=0.2))])
    assert [(row["match"], row["match_confidence"]) for row in made.rows] == [
        ("1", "0.9"), ("0", "0.8"),
    ]  # fmt: skip
    assert not {"gamma_name", "match_weight"} & made.rows[0].keys()
    meant = made.meant
    assert (meant.text, meant.text_with, meant.text_b, meant.text_b_with) == (
        "name_l", ("town_l",), "name_r", ("town_r",),
    )  # fmt: skip


@pytest.mark.bad_input("P13", "P19")
def test_a_clerks_score_is_a_soft_label(tmp_path: Path, write: Write):
    names = [*pair(), "clerical_match_score"]
    rows = [",".join(map(str, pair(unique_id_l=n, clerical_match_score=score).values()))
            for n, score in enumerate((1.0, 0.0, 0.5, 0.7, 2))]  # fmt: skip
    file = write("\n".join([",".join(names), *rows]))
    with Load(file=file).opened(tmp_path / "ws") as project:
        report = Load(file=file).run(project).report
        assert project.dataset.soft is not None
        assert project.dataset.soft.tolist() == [[0, 1], [1, 0], [0.3, 0.7]]
    assert (report.rows_in, report.accepted, len(report.quarantined)) == (5, 3, 2)


@pytest.mark.bad_input("P19")
def test_ids_without_records_are_refused():
    ids = {"unique_id_l": 1, "unique_id_r": 2, "match_probability": 0.3, "gamma_name": 1}
    with pytest.raises(FileRefused, match="none of the records"):
        read_splink([(1, ids)])
    with pytest.raises(FileRefused, match="none of the records"):
        read_ids([(1, {"ltable_id": 1, "rtable_id": 2, "label": 0})])


@pytest.mark.bad_input("P19")
def test_the_two_rows_of_a_cluster_are_one_pair(write: Write):
    rows = ["z_cluster,z_isMatch,name", "c1,1,Ann", "c1,1,Anna", "c2,2,Bo", "c2,2,Bob",
            "c3,0,Cy", "c3,0,Di", "c4,1,E", "c4,1,F", "c4,1,G"]  # fmt: skip
    table = read_table(write("\n".join(rows)))
    assert table.frame.to_dict("list") == {
        "z_cluster": ["c1", "c3"], "left_name": ["Ann", "Cy"], "right_name": ["Anna", "Di"],
        "match": ["1", "0"],
    }  # fmt: skip
    assert (table.rows_in, table.joined, len(table.quarantined)) == (9, 2, 5)
    assert {each.reason for each in table.quarantined} == {CANNOT_SAY, TOO_LARGE}
    alone = [(n, {"z_cluster": n, "z_isMatch": 1, "name": "a"}) for n in range(3)]
    with pytest.raises(FileRefused, match="no pairs"):
        read_zingg(alone)


@pytest.mark.bad_input("P13", "P19")
def test_records_of_ditto_are_lines_of_attribute_and_value(write: Write):
    lines = "COL name VAL Ann Lee COL age VAL \tCOL name VAL Anna VAL COL age VAL 3\t1\n\nCOL a\n"
    made = read_ditto(lines.encode())
    assert made.rows == [{"left": "name: Ann Lee", "right": "name: Anna VAL\nage: 3", "label": "1"}]
    assert [(each.line, each.reason) for each in made.quarantined] == [(3, NO_PAIR)]
    assert is_ditto(lines.encode().splitlines()[0])
    assert not is_ditto(b"COL a VAL b\t1\n")
    assert not is_ditto(b"")
    assert list(read_table(write(lines.partition("\n")[0], "t.txt")).frame) == [
        "left", "right", "label",
    ]  # fmt: skip


def test_how_they_are_known():
    assert fits_splink(["unique_id_l", "unique_id_r", "match_probability"], {})
    assert not fits_splink(["unique_id_l", "unique_id_r", "label"], {})
    assert fits_zingg(["z_cluster", "z_isMatch"], {})
    assert fits_ids(["ltable_id", "rtable_id", "label"], {})
    assert not fits_ids(["ltable_id", "rtable_id", "ltable_name", "rtable_name"], {})
