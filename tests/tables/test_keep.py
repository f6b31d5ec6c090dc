from __future__ import annotations

import shutil
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelviz.core.arrays import strings
from labelviz.core.dataset import Dataset
from labelviz.core.evidence import NotChecked, TextIssue
from labelviz.core.files import sha256, write_json
from labelviz.core.suspicion import Suspicion
from labelviz.errors import FileRefused, FlagsRefused, WorkspaceRefused
from labelviz.tables.columnar import fingerprint
from labelviz.tables.keep import (
    dataset_logged,
    embedded_by,
    keep_source,
    read_columns,
    read_dataset,
    read_probabilities,
    read_suspicion,
    read_training_log,
    read_vectors,
    write_about,
    write_columns,
    write_probabilities,
    write_samples,
    write_suspicion,
)
from tests.conftest import assert_message, dataset_of, probabilities_of

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)


@st.composite
def datasets(draw: st.DrawFn) -> Dataset:
    n, k = draw(st.integers(1, 6)), draw(st.integers(2, 4))
    shape = (n, k) if draw(st.booleans()) else (n,)
    top = 1 if len(shape) == 2 else k - 1
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))

    def texts():
        return strings(draw(st.lists(TEXT, min_size=n, max_size=n)))

    optional: dict[str, Any] = {
        "group": texts(),
        "split": texts(),
        "confidence": np.where(rng.random(n) < 0.3, np.nan, rng.random(n)),
        "soft": np.where(rng.random((n, 1)) < 0.3, np.nan, rng.dirichlet(np.ones(k), n)),
        "votes": rng.integers(0, 5, (n, k)),
        "voters": rng.integers(0, 9, n),
    }
    return dataset_of(
        rng.integers(-1, top + 1, shape),
        tuple(f"类 {each}|" for each in range(k)),
        [texts() for _ in range(draw(st.integers(1, 2)))],
        annotators={draw(TEXT): rng.integers(-1, top + 1, shape)},
        slices={draw(TEXT): texts()},
        **{name: value for name, value in optional.items() if draw(st.booleans())},
    )


def assert_same(first: Any, second: Any) -> None:
    """Two values have the same fields, arrays bit by bit."""
    assert type(first) is type(second)
    for each in fields(first):
        a, b = getattr(first, each.name), getattr(second, each.name)
        pairs = [(a, b)]
        if hasattr(a, "keys"):
            assert list(a) == list(b)
            pairs = [(a[key], b[key]) for key in a]
        elif isinstance(a, tuple) and a and isinstance(a[0], np.ndarray):
            pairs = list(zip(a, b, strict=True))
        for x, y in pairs:
            if not isinstance(x, np.ndarray):
                assert x == y
            elif x.dtype == object:
                assert x.tolist() == y.tolist()
            else:
                assert (x.dtype, x.shape, x.tobytes()) == (y.dtype, y.shape, y.tobytes())


@given(datasets())
def test_a_dataset_reads_back_bit_by_bit(tmp_path_factory: pytest.TempPathFactory, data: Dataset):
    folder = tmp_path_factory.mktemp("dataset")
    write_samples(folder, data)
    write_about(folder, data, {"report": "kept beside"})
    again = read_dataset(folder)
    assert_same(data, again)
    assert again.fingerprint == data.fingerprint


@given(st.integers(1, 20), st.integers(1, 5), st.booleans(), st.integers(0, 1000))
def test_probabilities_read_back_bit_by_bit(
    tmp_path_factory: pytest.TempPathFactory, n: int, k: int, with_folds: bool, seed: int
):
    rng = np.random.default_rng(seed)
    multilabel = k == 1 or bool(seed % 2)
    values = rng.random((n, k)) if multilabel else rng.dirichlet(np.ones(k), n)
    given = np.zeros((n, k) if multilabel else n, dtype=int)
    data = dataset_of(given, tuple(f"c{each}" for each in range(k)))
    folds = rng.integers(0, 5, n) if with_folds else None
    opinion = probabilities_of(data, values, folds=folds)
    path = tmp_path_factory.mktemp("probabilities") / "opinion.v1.parquet"
    write_probabilities(path, opinion)
    assert_same(opinion, read_probabilities(path))
    assert [each.name for each in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("suggested", [[0, 1, -1], [[0, 1], [1, 1], [0, 0]]])
def test_suspicion_reads_back_bit_by_bit(tmp_path: Path, suggested):
    suspicion = Suspicion(
        np.array([0.1, 1 / 3, 1.0]),
        np.array([False, True, True]),
        np.array(suggested),
        strings(["", "因为", 'a "reason"\n']),
        ("confident learning",),
        "fingerprint",
        "opinion",
        scores={"model": np.array([0.1, np.nan, 1.0])},
        parts={"model": np.array([-1.0, 0.0, 1 / 3])},
        not_checked=(NotChecked("annotators", "Nobody."),),
        seconds={"model": 0.5},
        calibrated=True,
        learned=np.array([-1, 0, 1], dtype=np.int8),
        issues=(TextIssue("empty texts", (0, 2)),),
        chosen=("model",),
        asked=np.array([True, False, True]),
        supporting=np.array([0, 1, 0], dtype=np.int32),
    )
    path = tmp_path / "opinion.parquet"
    write_suspicion(path, strings(["a", "b", "c"]), suspicion)
    assert_same(suspicion, read_suspicion(path))
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("about", [None, {}, {"classes": 0, "scores": []}, []])
def test_flags_of_another_version_are_refused_with_the_way_on(tmp_path: Path, about: object):
    columns = {"score": np.zeros(2), "flagged": np.zeros(2, dtype=bool), "suggested": np.zeros(2)}
    write_columns(tmp_path / "old.parquet", {**columns, "reasons": strings(["", ""])}, about)
    with pytest.raises(FlagsRefused) as refused:
        read_suspicion(tmp_path / "old.parquet")
    assert_message(refused.value, "by another version", "old.parquet", "decisions", "labelviz flag")


@pytest.mark.bad_input("B13", "B14")
def test_columns_of_any_name_read_back(tmp_path: Path):
    columns = {
        "": strings(["a", ""]),
        "__index__": strings(["007", "1e5"]),
        "a.b\n😀": strings(["\0", "NA"]),
        "number": np.array([0.1, np.nan]),
        "flag": np.array([True, False]),
    }
    write_columns(tmp_path / "c.parquet", columns)
    again = read_columns(tmp_path / "c.parquet")
    assert list(again) == list(columns)
    for name, column in columns.items():
        assert again[name].dtype == column.dtype
        assert repr(again[name].tolist()) == repr(column.tolist())


def test_of_few_different_texts_each_is_held_once(tmp_path: Path):
    few, many = ["web", "应用", ""] * 1_000, [f"text {n}" for n in range(3_000)]
    late = [*few[:2_000], *many[:1_000]]
    gone = np.array([None, "a", None] * 1_000, dtype=object)
    columns = {"few": strings(few), "many": strings(many), "late": strings(late), "gone": gone}
    write_columns(tmp_path / "c.parquet", columns)
    again = read_columns(tmp_path / "c.parquet")
    assert {name: column.tolist() for name, column in again.items()} == {
        name: column.tolist() for name, column in columns.items()
    }
    assert len(set(map(id, again["few"]))) == 3


@pytest.mark.bad_input("A23", "H14")
@pytest.mark.parametrize("content", [b"", b"PAR1 and nothing else PAR1", None])
def test_a_damaged_file_is_refused(tmp_path: Path, content: bytes | None):
    path = tmp_path / "dataset.parquet"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(WorkspaceRefused) as refused:
        read_columns(path)
    assert_message(
        refused.value, "dataset.parquet is missing or damaged.", str(path), remedy="backup"
    )


@pytest.mark.bad_input("A23")
def test_a_truncated_file_is_refused(tmp_path: Path):
    path = tmp_path / "c.parquet"
    write_columns(path, {"a": np.arange(1000.0)})
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(WorkspaceRefused, match="missing or damaged"):
        read_columns(path)


@pytest.mark.bad_input("H02", "H13")
def test_two_halves_of_different_datasets_are_refused(tmp_path: Path):
    write_samples(tmp_path / "a", dataset_of([0, 1]))
    write_about(tmp_path / "a", dataset_of([0, 1]), {})
    write_samples(tmp_path / "b", dataset_of([1, 0]))
    write_about(tmp_path / "b", dataset_of([1, 0]), {})
    shutil.copy(tmp_path / "a" / "dataset.parquet", tmp_path / "b" / "dataset.parquet")
    with pytest.raises(WorkspaceRefused) as refused:
        read_dataset(tmp_path / "b")
    assert_message(
        refused.value, "do not belong together", str(tmp_path / "b"), remedy="Load the data again"
    )


@pytest.mark.bad_input("A37")
@pytest.mark.parametrize(
    ("name", "suffix"),
    [("a.CSV", ".csv"), ("a.parquet", ".parquet"), ("a.\u202evsc", ""), ("a", "")],
)
def test_a_source_is_kept_under_its_hash_whatever_its_name(tmp_path: Path, name: str, suffix: str):
    file = tmp_path / name
    file.write_bytes(b"id\n1\n")
    kept = keep_source(file, tmp_path / "source", sha256(file))
    assert kept.name == sha256(file)[:16] + suffix
    assert kept.read_bytes() == b"id\n1\n"
    assert keep_source(file, tmp_path / "source", sha256(file)) == kept


@pytest.mark.bad_input("A33")
def test_a_source_that_is_not_what_was_read_is_not_kept(tmp_path: Path):
    file, folder = tmp_path / "a.csv", tmp_path / "set"
    file.write_bytes(b"id\n1\n")
    folder.mkdir()
    (folder / "train.parquet").write_bytes(b"PAR1")
    for path in (file, folder):
        with pytest.raises(FileRefused) as found:
            keep_source(path, tmp_path / "source", "0" * 64)
        assert_message(found.value, "changed while it was read", str(path), remedy="Load it again")
    assert list((tmp_path / "source").iterdir()) == []


def test_a_folder_is_kept_with_the_files_that_are_read(tmp_path: Path):
    folder = tmp_path / "set"
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "train.parquet").write_bytes(b"PAR1")
    (folder / "README.md").write_text("about")
    kept = keep_source(folder, tmp_path / "source", fingerprint(folder))
    assert [str(each.relative_to(kept)) for each in kept.rglob("*.*")] == ["data/train.parquet"]


@pytest.mark.bad_input("N01")
def test_what_an_older_labelviz_kept_in_two_files_is_read(tmp_path: Path):
    vectors = np.eye(3, dtype=np.float32)
    np.save(tmp_path / "e.npy", vectors)
    write_json(tmp_path / "e.json", {"source": "an encoder"})
    read, source = read_vectors(tmp_path / "e.npy")
    assert (read.tolist(), source) == (vectors.tolist(), "an encoder")
    assert embedded_by(tmp_path / "e.npy") == "an encoder"
    np.savez(tmp_path / "log.npz", logits=np.zeros((1, 3, 2), np.float32))
    write_json(tmp_path / "log.json", {"source": "a run", "dataset": "fingerprint"})
    assert read_training_log(tmp_path / "log.npz").source == "a run"
    assert dataset_logged(tmp_path / "log.npz") == "fingerprint"


@pytest.mark.parametrize("content", [b"", b"PK and no archive", b"\x93NUMPY and no array"])
def test_damaged_embeddings_and_logs_are_refused(tmp_path: Path, content: bytes):
    for name, reader in (("e.npz", read_vectors), ("log.npz", read_training_log)):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(WorkspaceRefused) as refused:
            reader(tmp_path / name)
        assert_message(refused.value, f"{name} is damaged.", name, remedy="Remove it and")


@pytest.mark.bad_input("H02")
def test_a_part_of_a_folder_that_a_kill_left_is_not_taken_for_the_folder(tmp_path: Path):
    folder = tmp_path / "set"
    folder.mkdir()
    for name in ("test", "train"):
        (folder / f"{name}.parquet").write_bytes(b"PAR1 " + name.encode())
    kept = keep_source(folder, tmp_path / "source", fingerprint(folder))
    (kept / "train.parquet").unlink()
    assert keep_source(folder, tmp_path / "source", fingerprint(folder)) == kept
    assert (kept / "train.parquet").is_file()
    again = keep_source(folder, tmp_path / "source", fingerprint(folder), tmp_path / "elsewhere")
    assert again == kept
    assert not (tmp_path / "elsewhere").exists()
