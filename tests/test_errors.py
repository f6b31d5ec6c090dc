from __future__ import annotations

import inspect
import re

import pytest

from labelviz import errors
from labelviz.errors import LabelvizError

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
    assert str(LabelvizError("It broke.")) == "It broke.\nNothing was changed."
    assert str(LabelvizError("It broke.", safe="")) == "It broke."


@pytest.mark.parametrize("name", CLASSES)
def test_every_error_can_be_caught_at_the_top_and_says_what(name: str):
    with pytest.raises(LabelvizError) as caught:
        raise CLASSES[name]("It broke.", where="here", remedy="Mend it.")
    assert (caught.value.what, caught.value.where) == ("It broke.", "here")
    assert (caught.value.safe, caught.value.remedy) == ("Nothing was changed.", "Mend it.")
    assert caught.value.args == ("It broke.",)


@pytest.mark.parametrize("name", CLASSES)
def test_every_error_says_what_it_is_for(name: str):
    assert CLASSES[name].__doc__
