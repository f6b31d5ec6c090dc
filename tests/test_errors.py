from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from labelviz import errors
from labelviz.errors import LabelvizError, in_words, unharmed

ROOT = Path(errors.__file__).resolve().parent.parent
EMPTY = inspect.Parameter("none", inspect.Parameter.KEYWORD_ONLY)

CLASSES = {
    name: each
    for name, each in inspect.getmembers(errors, inspect.isclass)
    if issubclass(each, LabelvizError)
}


def drawn() -> dict[str, tuple[int, str]]:
    """Depth and parent of every class in the docstring's tree."""
    tree: dict[str, tuple[int, str]] = {}
    path: list[str] = []
    for line in inspect.getdoc(errors).splitlines():
        match = re.match(r"^ {4}((?:[│ ]   )*(?:[├└]── )?)(\w+)(?: |$)", line)
        if match:
            depth = len(match[1]) // 4
            path = [*path[:depth], match[2]]
            tree[match[2]] = (depth, path[-2] if depth else "LabelvizError's own")
    return tree


def test_the_tree_in_the_docstring_is_the_class_tree():
    real = {
        name: (len(each.__mro__) - len(LabelvizError.__mro__), each.__bases__[0].__name__)
        for name, each in CLASSES.items()
    }
    real["LabelvizError"] = (0, "LabelvizError's own")
    assert drawn() == real
    assert len(real) >= 14


def test_a_message_has_four_parts_in_order():
    error = LabelvizError(
        "It broke.", where="f.csv, line 3", safe="All is well.", remedy="Mend it."
    )
    assert str(error) == "It broke.\nWhere: f.csv, line 3\nAll is well.\nNext: Mend it."


def test_parts_that_are_empty_are_left_out():
    assert str(LabelvizError("It broke.")) == "It broke."


@pytest.mark.parametrize("name", CLASSES)
def test_every_error_can_be_caught_at_the_top_and_says_what(name: str):
    with pytest.raises(LabelvizError) as caught:
        raise CLASSES[name]("It broke.", where="here", remedy="Mend it.")
    assert (caught.value.what, caught.value.where) == ("It broke.", "here")
    safe = errors.NOT_BEGUN if name == "RequestRefused" else ""
    assert (caught.value.safe, caught.value.remedy) == (safe, "Mend it.")
    assert caught.value.args == ("It broke.",)


def test_what_is_safe_is_said_by_who_knows_and_the_place_that_raises_knows_best():
    @unharmed("It stands.")
    def act(safe: str) -> None:
        with unharmed("It was only read."):
            raise LabelvizError("It broke.", safe=safe)

    for said, heard in (("", "It was only read."), ("The file is whole.", "The file is whole.")):
        with pytest.raises(LabelvizError) as caught:
            act(said)
        assert caught.value.safe == heard
    with pytest.raises(LabelvizError) as caught, unharmed():
        raise LabelvizError("It broke.")
    assert str(caught.value) == "It broke.\nNothing was changed."
    with pytest.raises(KeyError), unharmed():
        raise KeyError


@pytest.mark.parametrize(
    ("things", "words"),
    [
        ([], ""),
        (["a"], "“a”"),
        (["a", "b"], "“a” and “b”"),
        (("a", "b", "c"), "“a”, “b” and “c”"),
        (list("abcdefgh"), "“a”, “b”, “c”, “d”, “e”, “f” and 2 more"),
        ([0.5, 1 / 3, 2], "0.5, 0.333333 and 2"),
        (["x" * 80], f"“{'x' * 59}…”"),
        ({"a": 1, "b": 2}, "“a” and “b”"),
    ],
)
def test_things_in_words(things: Iterable[object], words: str):
    assert in_words(things) == words


PLURAL = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.List, ast.Tuple, ast.Dict)
MAKES_PLURAL = {"list", "sorted", "tuple", "set", "dict", "tolist", "keys", "values", "items"}


def shown(function: ast.AST) -> Iterator[ast.expr]:
    """What the f-strings of a function put into words."""
    for node in ast.walk(function):
        if isinstance(node, ast.FormattedValue):
            yield node.value


def raising(tree: ast.AST) -> Iterator[ast.FunctionDef]:
    """The functions that make an error."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            made = {
                each.func.id
                for each in ast.walk(node)
                if isinstance(each, ast.Call) and isinstance(each.func, ast.Name)
            }
            if made & CLASSES.keys():
                yield node


def is_plural(value: ast.expr, function: ast.FunctionDef) -> bool:
    """Whether Python would write brackets: a list and its like, or a name bound to one, or self."""
    if isinstance(value, ast.Name):
        bound = [
            each.value
            for each in ast.walk(function)
            if isinstance(each, ast.Assign | ast.NamedExpr)
            and ast.unparse(each.targets[0] if isinstance(each, ast.Assign) else each.target)
            == value.id
        ]
        return value.id in ("self", "options", "settings", "columns") or any(
            is_plural(each, function) for each in bound if not isinstance(each, ast.Name)
        )
    if isinstance(value, ast.Call):
        return ast.unparse(value.func).rpartition(".")[2] in MAKES_PLURAL
    return isinstance(value, PLURAL)


def test_no_message_writes_a_list_or_a_value_as_python_does():
    found = [
        f"{path.relative_to(ROOT)}: {function.name}: {ast.unparse(value)}"
        for path in sorted(ROOT.glob("labelviz/**/*.py"))
        for function in raising(ast.parse(path.read_text("utf-8")))
        for value in shown(function)
        if is_plural(value, function)
    ]
    assert found == []


def test_no_error_says_by_default_what_is_safe():
    for each in CLASSES.values():
        assert inspect.signature(each).parameters.get("safe", EMPTY).default in ("", EMPTY.default)


@pytest.mark.parametrize("name", CLASSES)
def test_every_error_says_what_it_is_for(name: str):
    assert CLASSES[name].__doc__
