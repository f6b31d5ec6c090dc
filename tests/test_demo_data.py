"""The demo sets are what their phrases say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SETS = ("poi_pairs", "poi_categories", "intents")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    command = [sys.executable, "data/texts.py", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return folder


@pytest.mark.parametrize("name", SETS)
def test_the_phrases_give_the_files_that_are_here_to_the_byte(written: Path, name: str) -> None:
    for file in (f"{name}/{name}.csv", f"{name}/truth.csv"):
        assert (written / file).read_bytes() == (ROOT / "data" / file).read_bytes(), file
