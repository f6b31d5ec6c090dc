from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelviz.tables.nested import NotNested, flat_names, is_nested, nested, unquoted, was_cut


@pytest.mark.bad_input("P01")
@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("['joy', \"it's\"]", ["joy", "it's"]),
        ("[a, b c]", ["a", "b c"]),
        ("{'joy'}", ["joy"]),
        ("('a',)", ["a"]),
        ("()", []),
        ("set()", []),
        ("frozenset({'a', 'b'})", ["a", "b"]),
        ("['a' 'b']", ["a", "b"]),
        ("['a'\n 'b']", ["a", "b"]),
        ("[0.2 0.8]", [0.2, 0.8]),
        ("[1. 0.]", [1.0, 0.0]),
        ("[ True False]", [True, False]),
        ("array(['a', 'b'], dtype=object)", ["a", "b"]),
        ("array([0.1, 0.9], dtype=float32)", [0.1, 0.9]),
        ("{'p': 0.25, 'q': None}", {"p": 0.25, "q": None}),
        ("[{'label': 'x', 'score': .5}]", [{"label": "x", "score": 0.5}]),
        ("[['a', 'b'], ['c']]", [["a", "b"], ["c"]]),
        ("['caf\\xe9', 'a\\'b', 'x\\ny']", ["café", "a'b", "x\ny"]),
        ("['a']  ", ["a"]),
        ("[]", []),
        ("{}", {}),
    ],
)
def test_what_python_numpy_and_pandas_print(cell, value):
    assert is_nested(cell)
    assert nested(cell) == value


@pytest.mark.parametrize(
    "cell",
    ["a", "", "[a", "['a']x", "(none)", "f(x)", "[x:y, z]", "0", "'a'", "[a]]", "{'a': 1, 'b'}"],
)
def test_what_is_plain_text(cell):
    with pytest.raises(NotNested):
        nested(cell)


def test_values_that_numpy_left_out():
    assert was_cut("[0.1 0.2 ... 0.7]")
    assert not was_cut("['wait ... what']")
    with pytest.raises(NotNested):
        nested("[0.1 0.2 ... 0.7]")


def test_deep_nesting_is_refused_and_not_a_crash():
    with pytest.raises(NotNested):
        nested("[" * 100_000 + "]" * 100_000)


def test_texts_without_quotes():
    assert unquoted("[spam]")
    assert not unquoted("['spam']")
    assert not unquoted("[1, 2]")


def test_names_however_tools_wrap_them():
    assert list(flat_names({"choices": ["a", "b"]})) == ["a", "b"]
    assert list(flat_names([{"taxonomy": [["a", "b"], ["c"]]}])) == ["a / b", "c"]
    assert list(flat_names([{"name": "a"}])) == ["a"]
    with pytest.raises(NotNested):
        list(flat_names({"start": 3}))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-99, 99) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@given(st.lists(VALUES, max_size=3) | st.dictionaries(st.text(max_size=3), VALUES, max_size=3))
def test_json_and_python_say_the_same(value):
    assert nested(json.dumps(value)) == value
    assert nested(repr(value)) == value
