"""The house rules of the README, held over the syntax tree."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path

import pytest

import labelviz
import labelviz.requests

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted([*ROOT.glob("labelviz/**/*.py"), ROOT / "app.py"])
NAMES = [str(path.relative_to(ROOT)) for path in SOURCES]

# Higher imports lower, never the reverse; within a layer a package imports only itself.
LAYERS = {
    "labelviz.errors": 0,
    "labelviz.processes": 1,
    "labelviz.core": 1,
    "labelviz.tables": 2,
    "labelviz.models": 2,
    "labelviz.detectors": 2,
    "labelviz.layers": 2,
    "labelviz.store": 2,
    "labelviz.project": 3,
    "labelviz.requests": 4,
    "labelviz.reviewing": 4,
    "labelviz.jobs": 4,
    "labelviz.charts": 4,
    "labelviz.printing": 5,
    "labelviz.ui": 5,
    "labelviz.cli": 6,
    "labelviz.page": 6,
    "labelviz.web": 6,
    "app": 7,
}

HOMES = {
    "numpy": ("labelviz",),
    "pandas": ("labelviz.tables", "labelviz.project"),
    "pyarrow": ("labelviz.tables",),
    "openpyxl": ("labelviz.tables",),
    "charset_normalizer": ("labelviz.tables",),
    "torch": ("labelviz.models",),
    "transformers": ("labelviz.models",),
    "tokenizers": ("labelviz.models",),
    "safetensors": ("labelviz.models",),
    "huggingface_hub": ("labelviz.models",),
    "scipy": ("labelviz.core", "labelviz.models", "labelviz.detectors"),
    "sklearn": ("labelviz.models", "labelviz.detectors"),
    "threadpoolctl": ("labelviz.core",),
    "rapidfuzz": ("labelviz.models",),
    "ray": ("labelviz.models.cluster",),
    "cleanlab": ("labelviz.detectors",),
    "sqlalchemy": ("labelviz.store",),
    "alembic": ("labelviz.store",),
    "psycopg": ("labelviz.store",),
    "plotly": ("labelviz.charts",),
    "psutil": ("labelviz.processes",),
    "fcntl": ("labelviz.processes",),
    "streamlit": ("labelviz.ui", "labelviz.page", "labelviz.web", "app"),
    "google": ("labelviz.ui.ticks",),
    "starlette": ("labelviz.ui.door", "labelviz.ui.ticks", "labelviz.web"),
    "cyclopts": ("labelviz.cli",),
}
HEAVY = {
    "torch", "transformers", "tokenizers", "safetensors", "cleanlab", "plotly", "pandas", "pyarrow",
    "openpyxl", "charset_normalizer",
    "sklearn", "scipy", "threadpoolctl", "rapidfuzz", "ray", "huggingface_hub", "psycopg", "psutil",
}  # fmt: skip
# Tests of the program as a whole, which mirror no module.
WHOLE = {
    "test_architecture.py",
    "test_app.py",
    "test_catalogue.py",
    "test_demo_data.py",
    "test_deploy.py",
    "models/test_gpu.py",
    "test_flow.py",
    "test_killed.py",
    "test_package.py",
    "test_readme.py",
    "test_round_trip.py",
}
RUNS_INPUT = {"pickle", "cPickle", "dill", "joblib", "marshal", "shelve"}


@dataclass(frozen=True)
class Import:
    """One imported module: where it stands, when it runs, and whether only types need it."""

    name: str
    line: int
    at_import: bool
    for_types: bool

    @property
    def library(self) -> str:
        return self.name.partition(".")[0]


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def imports(path: Path) -> list[Import]:
    return list(_imports(tree(path), at_import=True, for_types=False))


def _imports(node: ast.AST, *, at_import: bool, for_types: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            for name in _imported(child):
                yield Import(name, child.lineno, at_import, for_types)
        else:
            later = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            types = isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"
            yield from _imports(
                child, at_import=at_import and not later and not types, for_types=for_types or types
            )


def _imported(node: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(node, ast.Import):
        return [each.name for each in node.names]
    assert node.level == 0, f"relative import in line {node.lineno}"
    assert node.module is not None
    submodules = [f"{node.module}.{each.name}" for each in node.names]
    return [name for name in submodules if is_module(name)] or [node.module]


def is_module(name: str) -> bool:
    path = ROOT.joinpath(*name.split("."))
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


def home(module: str, homes: tuple[str, ...]) -> str | None:
    """The longest of the homes that the module lives in."""
    fitting = [each for each in homes if module == each or module.startswith(each + ".")]
    return max(fitting, key=len) if fitting else None


def layered() -> list[Path]:
    """Every source but the package's own `__init__`, which only names what is inside."""
    return [path for path in SOURCES if module_of(path) != "labelviz"]


@pytest.mark.parametrize("path", layered(), ids=[str(p.relative_to(ROOT)) for p in layered()])
def test_imports_point_inward(path: Path):
    mine = home(module_of(path), tuple(LAYERS))
    assert mine is not None, "this module has no layer"
    for each in imports(path):
        if each.library not in ("labelviz", "app"):
            continue
        theirs = home(each.name, tuple(LAYERS))
        assert theirs is not None, f"line {each.line}: {each.name} has no layer"
        inward = LAYERS[theirs] < LAYERS[mine] or theirs == mine
        assert inward, f"line {each.line}: {mine} imports {each.name}"


@pytest.mark.parametrize("path", SOURCES, ids=NAMES)
def test_every_outside_library_stays_at_home(path: Path):
    for each in imports(path):
        ours = each.library in ("labelviz", "app")
        common = each.library in sys.stdlib_module_names and each.library not in HOMES
        if each.for_types or ours or common:
            continue
        assert each.library in HOMES, f"line {each.line}: {each.library} has no home"
        allowed = home(module_of(path), HOMES[each.library])
        assert allowed, f"line {each.line}: {each.library} lives in {HOMES[each.library]}"


@pytest.mark.parametrize("path", SOURCES, ids=NAMES)
def test_heavy_libraries_are_imported_when_they_are_needed(path: Path):
    heavy = [each for each in imports(path) if each.at_import and each.library in HEAVY]
    assert heavy == []


@pytest.mark.parametrize("path", SOURCES, ids=NAMES)
def test_nothing_executes_or_renders_what_it_was_given(path: Path):
    assert not {each.library for each in imports(path)} & RUNS_INPUT
    for node in ast.walk(tree(path)):
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func)
        where = f"line {node.lineno}: {name}"
        assert name not in ("eval", "exec", "torch.load", "os.system"), where
        for keyword in node.keywords:
            value = ast.unparse(keyword.value)
            assert keyword.arg != "unsafe_allow_html", where
            dangerous = ("trust_remote_code", "allow_pickle", "shell", "unsafe_allow_javascript")
            assert keyword.arg not in dangerous or value == "False", where


def with_code(path: Path) -> bool:
    """Whether a module defines anything."""
    return any(isinstance(node, ast.FunctionDef | ast.ClassDef) for node in ast.walk(tree(path)))


def mirrored() -> list[Path]:
    """Steps of the schema have one mirror together: the test of the module that runs them."""
    modules = [path for path in layered() if "migrations" not in path.parts]
    return [path for path in modules if path.stem not in ("__init__", "app")]


@pytest.mark.parametrize("path", mirrored(), ids=[str(p.relative_to(ROOT)) for p in mirrored()])
def test_every_module_has_its_tests_where_one_looks_for_them(path: Path):
    place = path.relative_to(ROOT / "labelviz")
    mirrors = [ROOT / "tests" / place.parent / f"test_{place.name}"]
    if place.parts[0] == "ui":
        mirrors.append(ROOT / "tests" / "browser" / f"test_{place.name}")
    there = any(mirror.is_file() for mirror in mirrors)
    assert there or not with_code(path), f"no {mirrors[0].relative_to(ROOT)}"


def test_every_test_belongs_to_a_module():
    strangers = []
    for path in sorted((ROOT / "tests").glob("**/test_*.py")):
        place = path.relative_to(ROOT / "tests")
        if place.parts[0] == "browser" or str(place) in WHOLE:
            continue
        if not (ROOT / "labelviz" / place.parent / place.name.removeprefix("test_")).is_file():
            strangers.append(str(place))
    assert strangers == []


@pytest.mark.parametrize(
    "module", ["labelviz", "labelviz.requests", "labelviz.project.workspace", "labelviz.cli"]
)
def test_importing_loads_nothing_heavy(module: str):
    script = f"import sys, {module}; print(*sorted({HEAVY | {'streamlit'}!r} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("\n", "")


@pytest.mark.parametrize("words", ["--help", "predict --help", "flag x --lable y"])
def test_the_command_line_answers_before_anything_that_computes_is_loaded(words: str):
    script = "import sys; from labelviz.cli import main; main()"
    command = [sys.executable, "-X", "importtime", "-c", script, *words.split()]
    done = subprocess.run(command, capture_output=True, text=True)
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "cyclopts" in loaded
    assert not loaded & {*HEAVY, "numpy", "streamlit", "labelviz.project.workspace"}


@pytest.mark.parametrize("name", labelviz.__all__)
def test_every_public_name_is_there(name: str):
    assert getattr(labelviz, name).__name__ == name


ABOVE_PROJECT = ("ui", "requests", "reviewing", "printing.py", "cli.py", "page.py")


@pytest.mark.parametrize("path", SOURCES, ids=NAMES)
def test_only_its_rooms_know_what_files_a_workspace_has(path: Path):
    if path.relative_to(ROOT).parts[1:2] not in [(each,) for each in ABOVE_PROJECT]:
        return
    opened = [
        ast.unparse(node)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div)
        if ast.unparse(node.left).endswith(("workspace.path", "project.path", "folder.path"))
    ]
    assert opened == []


def test_every_fragment_shows_its_errors_itself():
    """Streamlit says of what a fragment raises that it was redacted, and draws nothing further."""
    found = []
    for node in chain.from_iterable(ast.walk(tree(path)) for path in SOURCES):
        if isinstance(node, ast.FunctionDef):
            above = [ast.unparse(each).partition("(")[0] for each in node.decorator_list]
            if "st.fragment" in above:
                found.append(above)
    assert len(found) >= 6
    assert all(each == ["st.fragment", "message.shows_errors"] for each in found)


def test_a_word_means_one_thing():
    """A class, or a name that other modules import bare, is defined once."""
    classes: defaultdict[str, set[str]] = defaultdict(set)
    imported: defaultdict[str, set[str]] = defaultdict(set)
    packages = {module_of(path) for path in SOURCES if path.name == "__init__.py"}
    for path in SOURCES:
        for node in tree(path).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                classes[node.name].add(module_of(path))
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ImportFrom) and node.module not in packages:
                bare = [each.name for each in node.names if each.asname is None]
                for name in bare if str(node.module).startswith("labelviz") else ():
                    imported[name].add(str(node.module))
    requests = {each.__name__ for each in labelviz.requests.ALL}
    twice = {
        name: homes
        for words in (classes, imported)
        for name, homes in words.items()
        if len(homes) > 1 and name not in requests
    }
    assert twice == {}


def test_a_name_that_is_not_public_is_missing():
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        labelviz.nothing  # noqa: B018
