"""What is installed is what the checkout holds."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.conftest import REVIEWS

ROOT = Path(__file__).resolve().parents[1]
BUILD = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds what the wheel holds, and nothing else."""
    folder = tmp_path_factory.mktemp("package")
    unbuilt = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "labelviz", folder / "source/labelviz", ignore=unbuilt)
    for name in ("pyproject.toml", "README.md", "LICENSE", "requirements.txt"):
        shutil.copy(ROOT / name, folder / "source")
    command = [sys.executable, "-c", BUILD, str(folder)]
    subprocess.run(command, cwd=folder / "source", check=True, capture_output=True)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        wheel.extractall(folder / "installed")
    return folder / "installed"


def run(installed: Path, *words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *map(str, words)],
        cwd=installed.parent,
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,
    )


def files(folder: Path) -> set[str]:
    return {
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.mark.bad_input("N09")
def test_every_file_of_the_package_is_installed(installed: Path):
    assert files(installed / "labelviz") == files(ROOT / "labelviz")


@pytest.mark.bad_input("N09")
def test_the_installed_package_works_without_the_checkout(installed: Path):
    done = run(installed, "-c", "import labelviz.ui.pages.review as r; print(r.__file__)")
    assert done.stdout.strip() == str(installed / "labelviz/ui/pages/review.py"), done.stderr
    space, file = installed.parent / "space", installed.parent / "reviews.csv"
    file.write_text(REVIEWS, "utf-8")
    for arguments, words in (
        (["load", space, file, "--text", "text", "--label", "label", "--id", "id"], "accepted"),
        (["store", "migrate", space], "schema"),
        (["store", "check", space], "sound"),
    ):
        done = run(installed, "-m", "labelviz.cli", *arguments)
        assert done.returncode == 0, done.stderr
        assert words in done.stdout
    done = run(installed, "-m", "labelviz.cli", "serve", space)
    assert "not beside the installed package" in done.stderr
