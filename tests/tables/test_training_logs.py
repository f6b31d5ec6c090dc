from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labelviz.core.dataset import MISSING
from labelviz.core.evidence import TrainingLog
from labelviz.detectors.training_dynamics import training_dynamics
from labelviz.errors import ColumnRefused, FileRefused, TrainingLogRefused
from labelviz.tables.keep import read_training_log as read_kept
from labelviz.tables.keep import write_training_log
from labelviz.tables.training_logs import read_training_log
from tests.conftest import BUSY, assert_message, dataset_of
from tests.detectors.conftest import evidence_of, found

ABC = ("a", "b", "c")
DATA = dataset_of([0, 1, 2, MISSING], ABC)
TABLE = """epoch,c,id,logit_a,b
1,0.5,s1,0,1.25
0,1,s0,2,0
1,0,s0,1,1.5
0,-1,s1,0.5,-0.25
0,3,s2,0,1
1,4,s2,-1,0
"""
LOGITS = np.array(
    [[[2, 0, 1], [0.5, -0.25, -1], [0, 1, 3]], [[1, 1.5, 0], [0, 1.25, 0.5], [-1, 0, 4]]]
)


def write(path: Path, content: str) -> Path:
    path.write_text(content, encoding="utf-8")
    return path


def lines(records) -> str:
    return "".join(json.dumps(each) + "\n" for each in records)


def cartography(logits=LOGITS, order=(0, 1, 2), golds=(0, 1, 2)):
    """What Dataset Cartography writes for each epoch, with the classes in another order."""
    place = np.argsort(order)
    return [
        lines(
            {"guid": f"s{row}", f"logits_epoch_{epoch}": values[list(order)].tolist(),
             "gold": int(place[golds[row]])}
            for row, values in enumerate(each)
        )
        for epoch, each in enumerate(logits)
    ]  # fmt: skip


def test_a_table_is_matched_by_id_epoch_and_class(tmp_path: Path):
    log = read_training_log(write(tmp_path / "log.csv", TABLE), DATA)
    assert log.logits[:, :3].tolist() == LOGITS.tolist()
    assert log.logged.tolist() == [True, True, True, False]
    assert (log.source, log.threshold) == ("log.csv", None)


def test_parquet_says_the_same(tmp_path: Path):
    rows = [(t, f"s{n}", *LOGITS[t, n]) for t in (1, 0) for n in (2, 0, 1)]
    names = ("step", "id", *ABC)
    columns = dict(zip(names, zip(*rows, strict=True), strict=True))
    pq.write_table(pa.table({n: pa.array(c) for n, c in columns.items()}), tmp_path / "log.parquet")
    log = read_training_log(tmp_path / "log.parquet", DATA)
    assert log.logits[:, :3].tolist() == LOGITS.tolist()


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 0, 2)])
def test_cartography_tells_its_classes_by_the_golds(tmp_path: Path, order, whole: bool):
    epochs = cartography(order=order)
    if whole:
        path = write(tmp_path / "all.jsonl", "".join(reversed(epochs)))
    else:
        path = tmp_path / "training_dynamics"
        path.mkdir()
        for number, content in enumerate(epochs):
            write(path / f"dynamics_epoch_{number}.jsonl", content)
    log = read_training_log(path, DATA)
    assert log.logits[:, :3].tolist() == LOGITS.tolist()
    assert log.logged.tolist() == [True, True, True, False]


def test_all_epochs_of_a_sample_may_stand_on_one_line(tmp_path: Path):
    records = [
        {"guid": f"s{row}", "gold": row, "logits_epoch_0": LOGITS[0, row].tolist(),
         "logits_epoch_1": LOGITS[1, row].tolist()}
        for row in range(3)
    ]  # fmt: skip
    log = read_training_log(write(tmp_path / "all.jsonl", lines(records)), DATA)
    assert log.logits[:, :3].tolist() == LOGITS.tolist()


def test_one_class_without_a_sample_is_told_by_elimination_and_two_are_not(tmp_path: Path):
    data = dataset_of([0, 1, MISSING], ABC)
    path = write(tmp_path / "log.jsonl", "".join(cartography(order=(2, 0, 1))).replace("s2", "s1"))
    kept = [each for each in path.read_text().splitlines() if '"gold": 0' not in each]
    log = read_training_log(write(path, "\n".join(kept)), data)
    assert log.logits[:, :2].tolist() == LOGITS[:, :2].tolist()
    only = "\n".join(each for each in kept if '"s0"' in each)
    with pytest.raises(TrainingLogRefused, match="stand for the classes “b” and “c”"):
        read_training_log(write(path, only), data)


def test_the_detector_judges_by_it(tmp_path: Path):
    """The golden vector, out of a file: sample s0 is its label, and epochs 0 to 2 its logits."""
    golden = np.array([[[2, 0, 1.0]], [[1, 1.5, 0]], [[3, 1, 0]]])
    rows = [f"s0,{t},{','.join(map(str, golden[t, 0]))}" for t in range(3)]
    path = write(tmp_path / "log.csv", "\n".join(["id,epoch,a,b,c", *rows]))
    data = dataset_of([0], ABC)
    finding = found(training_dynamics, evidence_of(data, log=read_training_log(path, data)))
    assert finding.score == pytest.approx([1 - 0.613512], abs=1e-6)


@given(st.permutations(range(6)), st.permutations(range(5)))
@settings(suppress_health_check=[*BUSY, HealthCheck.function_scoped_fixture])
def test_no_order_of_rows_and_columns_changes_anything(tmp_path: Path, rows, columns):
    cells = [line.split(",") for line in TABLE.splitlines()]
    moved = [cells[0], *(cells[1 + row] for row in rows)]
    content = "\n".join(",".join(line[column] for column in columns) for line in moved)
    log = read_training_log(write(tmp_path / "log.csv", content), DATA)
    assert log.logits[:, :3].tolist() == LOGITS.tolist()


# Refused


@pytest.mark.parametrize(("old", "new", "what", "where"), [
    ("1,0.5,s1", "1,0.5,s9", "1 ids of the training log belong to no sample", "'s9'"),
    ("1.25", "nan", "1 rows hold NaN or infinite logits", "line 2, sample 's1'"),
    ("1.25", "-inf", "1 rows hold NaN or infinite logits", "line 2, sample 's1'"),
    ("1.25", "much", "'much' is not a number", "line 2, column 'b'"),
    ("logit_a", "logit_x", "No column holds the logits of class 'a'", "logit_x"),
    ("1,4,s2,-1,0\n", "", "1 times a sample has no row at a checkpoint", "'s2' at 1: 0 rows"),
    ("1,4,s2,-1,0\n", "1,4,s2,-1,0\n1,4,s2,-1,0\n", "or several", "'s2' at 1: 2 rows"),
    ("0,3,s2", "0.5,3,s2", "something other than whole numbers", "log.csv"),
])  # fmt: skip
def test_a_table_that_does_not_fit_is_refused_in_words(tmp_path: Path, old, new, what, where):
    assert old in TABLE
    path = write(tmp_path / "log.csv", TABLE.replace(old, new, 1))
    with pytest.raises(TrainingLogRefused) as refused:
        read_training_log(path, DATA)
    assert_message(refused.value, what, where)
    assert refused.value.remedy


def test_probabilities_are_no_logits(tmp_path: Path):
    path = write(tmp_path / "log.csv", "id,epoch,no,yes\ns0,0,0.3,0.7\ns0,1,0.2,0.8\n")
    with pytest.raises(TrainingLogRefused, match="These are probabilities"):
        read_training_log(path, dataset_of([0]))


def test_a_table_without_epochs_is_refused(tmp_path: Path):
    with pytest.raises(ColumnRefused, match="epoch"):
        read_training_log(write(tmp_path / "log.csv", "id,a,b,c\ns0,1,2,3\n"), DATA)


@pytest.mark.parametrize(("old", "new", "what"), [
    ('"guid": "s1"', '"guid": "s9"', "1 ids of the training log belong to no sample"),
    ('"gold": 2', '"gold": 7', "gold, the position"),
    ('"gold": 2', '"gold": true', "gold, the position"),
    ('"gold": 2', '"gold": 1', "The golds are not the given labels: at best 83.3% agree"),
    ("[2.0, 0.0, 1.0]", "[2.0, 0.0]", "A line has 2 logits; the dataset has 3 classes"),
    ("[2.0, 0.0, 1.0]", '"high"', "no list of numbers"),
    ("[2.0, 0.0, 1.0]", "[NaN, 0.0, 1.0]", "1 rows hold NaN"),
    ("logits_epoch_1", "logits", "A line lacks guid"),
    ('{"guid"', '["guid"', "A line is no JSON object"),
    ('{"guid"', "[" * 100_000, "A line is no JSON object"),
])  # fmt: skip
def test_lines_that_do_not_fit_are_refused_in_words(tmp_path: Path, old, new, what):
    content = "".join(cartography())
    assert old in content
    with pytest.raises(TrainingLogRefused) as refused:
        read_training_log(write(tmp_path / "log.jsonl", content.replace(old, new, 1)), DATA)
    assert what in refused.value.what
    assert refused.value.where


def test_what_holds_no_lines_is_refused(tmp_path: Path):
    with pytest.raises(FileRefused, match="no file that ends in"):
        read_training_log(tmp_path, DATA)
    with pytest.raises(TrainingLogRefused, match="no rows"):
        read_training_log(write(tmp_path / "empty.jsonl", "\n\n"), DATA)
    (tmp_path / "log.jsonl").write_bytes(b"\xff\xfe")
    with pytest.raises(FileRefused, match="no text"):
        read_training_log(tmp_path / "log.jsonl", DATA)


def test_several_labels_take_a_table(tmp_path: Path):
    data = dataset_of([[1, 0], [0, 1]])
    with pytest.raises(TrainingLogRefused, match="one label per sample"):
        read_training_log(write(tmp_path / "l.jsonl", lines(
            [{"guid": "s0", "gold": 0, "logits_epoch_0": [1, 2]}]
        )), data)  # fmt: skip
    table = "id,epoch,no,yes\ns0,0,0.3,0.7\ns1,0,-1,2\n"
    assert read_training_log(write(tmp_path / "l.csv", table), data).logits.shape == (1, 2, 2)


def test_a_kept_log_comes_back_as_it_was(tmp_path: Path):
    log = read_training_log(write(tmp_path / "log.csv", TABLE), DATA)
    for threshold in (None, np.array([0.5, 0.25, np.nan, 1])):
        write_training_log(tmp_path / "kept.npz", TrainingLog(log.logits, "a run", threshold), DATA)
        back = read_kept(tmp_path / "kept.npz")
        assert np.array_equal(back.logits, log.logits, equal_nan=True)
        assert back.source == "a run"
        same = (
            back.threshold is None
            if threshold is None
            else np.array_equal(back.threshold, threshold, equal_nan=True)
        )
        assert same
