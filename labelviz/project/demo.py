"""The demo: pairs of invented places with LLM-like labels, as a ready workspace."""

from __future__ import annotations

import tempfile
from pathlib import Path

from labelviz.project.folder import is_workspace
from labelviz.project.workspace import Workspace
from labelviz.tables.columns import Columns
from labelviz.tables.keep import read_probabilities

NAME = "poi_pairs"
COLUMNS = Columns(
    text="text_a", text_b="text_b", label="label", id="id", confidence="llm_confidence",
    annotators=("llm_1", "llm_2", "llm_3"), slices=("category",), split="split",
)  # fmt: skip
POLICY = "smooth:off=0.1"
HERE = Path(__file__).resolve().parents[1] / "demo"


def open_demo(home: Path) -> Path:
    """The workspace of the demo in a folder: made if it is not there, with probabilities and flags.

    It appears whole or not at all.
    """
    target = home / NAME
    if is_workspace(target):
        return target
    home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home, prefix=".") as folder:
        space = Workspace.create(Path(folder) / NAME)
        space.load(HERE / f"{NAME}.csv", COLUMNS)
        space.opinions.add(
            "cross-validation", read_probabilities(HERE / "cross-validation.parquet")
        )
        space.flag()
        space.set_policy(POLICY)
        space.decisions.store.close()
        space.path.rename(target)
    return target
