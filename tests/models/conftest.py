"""Small models, made once: a byte-level tokenizer and one or two random layers."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from labelviz.core.settings import Precision
from labelviz.models.precision import VARIABLE
from labelviz.models.scratch import Start, new_classifier

TEXTS = ("good film", "bad film", "a dull, long film", "短片很好", "不好看")
SMALL = Start(vocab_size=300, hidden=32, layers=1, heads=2, intermediate=32, max_tokens=32)


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> Iterator[None]:
    """Models as small as these wait longer for a second thread than they compute."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module", params=["float32", "bfloat16"])
def precision(request: pytest.FixtureRequest) -> Iterator[Precision]:
    """What models compute in, on whatever machine: a test that asks for it runs in both."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, request.param)
        yield request.param


@pytest.fixture(scope="module")
def rounding(precision: Precision) -> float:
    """How far a probability of the small models may be from that of another route."""
    return {"float32": 1e-6, "bfloat16": 0.02}[precision]


def _opinionated(folder: Path) -> Path:
    """Make fresh weights ten times larger, so that outputs differ visibly from text to text."""
    file = folder / "model.safetensors"
    tensors = {n: t * (10 if t.ndim > 1 else 1) for n, t in load_file(file).items()}
    save_file(tensors, file, metadata={"format": "pt"})
    return folder


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A classifier for no and yes; do not change it."""
    folder = tmp_path_factory.mktemp("models") / "tiny"
    return _opinionated(new_classifier(folder, TEXTS, ("no", "yes"), SMALL))


@pytest.fixture(scope="session")
def tags(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A multi-label classifier for a, b and c; do not change it."""
    folder = tmp_path_factory.mktemp("models") / "tags"
    return _opinionated(new_classifier(folder, TEXTS, ("a", "b", "c"), SMALL, multilabel=True))


@pytest.fixture
def folder(tiny: Path, tmp_path: Path) -> Path:
    """A copy of the classifier for no and yes that a test may damage."""
    return Path(shutil.copytree(tiny, tmp_path / "model"))


@pytest.fixture
def edit() -> Callable[..., None]:
    """Change keys of a JSON file; None removes one."""

    def change(file: Path, **changes: Any) -> None:
        content = {**json.loads(file.read_text(encoding="utf-8")), **changes}
        kept = {key: value for key, value in content.items() if value is not None}
        file.write_text(json.dumps(kept), encoding="utf-8")

    return change
