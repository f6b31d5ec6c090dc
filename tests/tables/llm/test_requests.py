from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelviz.tables.llm.requests import (
    around,
    cut_words,
    prompt_of,
    request_value,
    shared_start,
)


def request(text: str, **body) -> dict:
    turns = [
        {"role": "system", "content": "You label texts."},
        {"role": "user", "content": f"Wet or dry? Text: <{text}> One word."},
    ]
    return {"custom_id": f"id {text}", "method": "POST", "body": {"messages": turns, **body}}


def test_what_all_prompts_share_is_cut_off():
    found = prompt_of([request(each) for each in ("rain falls", "rainy", "sun", "dust")])
    assert found.texts == ("rain falls", "rainy", "sun", "dust")
    assert found.ids[0] == "id rain falls"
    assert found.around == ("Wet or dry? Text: <", "> One word.")
    assert found.prompts[2] == "Wet or dry? Text: <sun> One word."


def test_words_are_not_cut_in_two():
    found = prompt_of([request(each) for each in ("rain falls", "rainy day", "rains")])
    assert found.texts == ("rain falls", "rainy day", "rains")


def test_two_prompts_are_not_enough_to_cut():
    assert prompt_of([request("a"), request("b")]).around == ("", "")


def test_classes_that_the_requests_allow():
    schema = {"json_schema": {"schema": {"properties": {"label": {"enum": ["wet", "dry"]}}}}}
    assert prompt_of([request("a", response_format=schema)]).classes == ("wet", "dry")
    assert prompt_of([request("a", response_format=schema), request("b")]).classes == ()


def test_requests_of_other_providers():
    gemini = {"key": "k", "request": {"contents": [{"role": "user", "parts": [{"text": "Rain?"}]}]}}
    anthropic = {"custom_id": "c", "params": {"messages": [
        {"role": "user", "content": [{"type": "text", "text": "Sun?"}]}]}}  # fmt: skip
    responses = {"custom_id": "r", "body": {"input": "Fog?"}}
    assert prompt_of([gemini, anthropic, responses]).prompts == ("Rain?", "Sun?", "Fog?")


def test_cells_as_values():
    assert request_value('{"a": [1]}') == {"a": [1]}
    assert request_value("") is None
    assert request_value("{broken") == "{broken"
    assert request_value("7") == "7"


@given(st.lists(st.text(max_size=5), min_size=1, max_size=4))
def test_the_shared_start_is_the_longest(texts):
    start = shared_start(texts)
    assert all(text.startswith(start) for text in texts)
    longer = {text[: len(start) + 1] for text in texts}
    assert len(longer) > 1 or start in texts


@pytest.mark.bad_input("P20")
def test_a_full_stop_that_all_texts_end_with_is_theirs():
    skies = ["Rain falls.", "Sun shines.", "Fog comes."]
    assert around(skies) == ("", "")
    assert around([f"Sky: {sky}\nLabel:" for sky in skies]) == ("Sky: ", "\nLabel:")
    assert cut_words("Sky: ", "") == "prompts were cut to what differs: after 'Sky: '"
    assert cut_words("", "") == ""
