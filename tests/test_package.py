"""What is installed is what the checkout holds."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import tomllib
import urllib.error
import urllib.request
import zipfile
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

from labelviz.project.workspace import Workspace
from tests.conftest import REVIEWS, until

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


def test_the_demo_opens_from_what_is_installed(installed: Path):
    """It is made in the folder that it is asked for in, and the page answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "PYTHONPATH": str(installed), "STREAMLIT_SERVER_PORT": str(port),
                   "STREAMLIT_SERVER_HEADLESS": "true"}  # fmt: skip
    command = [sys.executable, "-m", "labelviz.cli", "demo", "tried"]
    silent = subprocess.DEVNULL
    server = subprocess.Popen(
        command, cwd=installed.parent, env=environment, stdout=silent, stderr=silent
    )
    try:
        until(lambda: answers(server, f"http://127.0.0.1:{port}/"))
        space = Workspace(installed.parent / "tried/poi_pairs")
        assert len(space.dataset) == 2_000
        assert space.suspicion is not None
        assert space.suspicion.flagged.any()
    finally:
        server.kill()
        server.wait()


def answers(server: subprocess.Popen[bytes], url: str) -> bool:
    """Whether the page is there, behind the door that refuses strange names."""
    assert server.poll() is None, "the server ended"
    try:
        with urllib.request.urlopen(url) as page:  # noqa: S310
            there = page.status == 200
    except OSError:
        return False
    strange = urllib.request.Request(url, headers={"Host": "example.com"})  # noqa: S310
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(strange)  # noqa: S310
    return there


def test_what_is_pinned_is_within_what_the_package_asks_for():
    asked = {
        found[1].lower(): SpecifierSet(found[2])
        for each in tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"][
            "dependencies"
        ]
        if (found := re.fullmatch(r"([\w-]+)(.+)", each))
    }
    pinned = dict(
        line.partition("#")[0].strip().lower().split("==")
        for line in (ROOT / "requirements.txt").read_text("utf-8").splitlines()
        if "==" in line
    )
    assert asked.keys() == pinned.keys()
    for name, version in pinned.items():
        assert version in asked[name]
        assert not [each for each in asked[name] if each.operator == "=="]
