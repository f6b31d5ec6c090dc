from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from labelviz.core.arrays import strings
from labelviz.core.decisions import Review
from labelviz.core.distributions import Targets
from labelviz.tables.export import export_columns, sheet_of
from labelviz.tables.writers.writer import ExportTable
from tests.conftest import dataset_of

MakeSheet = Callable[..., ExportTable]
NASTY = (
    "=1+1", "a,b;c\td", 'say "hi"\r\nnow\n', "_x000D_ literal", " space ", "中文 é 🙂",
    "\x01\x1f\x7f", "NA", "007", "1e5", "#N/A", "￾￿", "<b>&amp;", "[1, 2]", "",
)  # fmt: skip


def make_sheet(
    texts=NASTY, classes=("no", "a|b"), values=None, task="multiclass", **columns
) -> ExportTable:
    n, k = len(texts), len(classes)
    if values is None:
        values = np.random.default_rng(0).dirichlet(np.ones(k), n)
    multi = task == "multilabel"
    given = (values >= 0.5).astype(int) if multi else values.argmax(axis=1)
    data = dataset_of(given, classes, texts=[texts], task=task)
    weight = np.linspace(0, 1, n) / 3
    targets = Targets(values, data.classes, data.ids, multi, weight, strings(["given"] * n))
    original = pd.DataFrame({"id": list(data.ids), "text": list(texts), **columns}, dtype=object)
    about = {"task": task, "classes": list(classes), "policy": targets.policy}
    added = export_columns(targets, Review(data))
    return sheet_of(original, list(data.ids), added, about, data.texts)


@pytest.fixture
def sheet() -> ExportTable:
    """Texts that formats are known to change, with soft targets."""
    return make_sheet()
