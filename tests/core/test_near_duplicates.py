from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelviz.core import near_duplicates as near_duplicates_module
from labelviz.core.near_duplicates import (
    SHINGLE,
    _bands,
    _candidates,
    _signatures,
    connected,
    near_duplicates,
    plain,
)

TEXTS = st.lists(st.text("ab 你", max_size=30), max_size=12, unique=True)


def jaccard(a: str, b: str) -> float:
    """By the definition, over whole texts."""
    first, second = (
        {t[i : i + SHINGLE] for i in range(max(len(t) - SHINGLE + 1, 1))}
        for t in map(plain, (a, b))
    )
    return len(first & second) / len(first | second)


def clusters(texts: list[str], least: float = 0.8) -> list[int]:
    left, right, _ = near_duplicates(texts, least)
    return connected(len(texts), zip(left.tolist(), right.tolist(), strict=True)).tolist()


def test_plain_forgets_case_width_marks_and_spaces():
    assert plain("  Ｈello,\tWORLD!! ") == "hello world"
    assert plain("很好。") == "很好"
    assert plain("!?") == "!?"


def test_equal_but_for_marks_is_likeness_one():
    left, right, alike = near_duplicates(["Good film.", "bad film", "good film"])
    assert {left[0], right[0]} == {0, 2}
    assert alike.tolist() == [1.0]


def test_one_changed_word_of_many_is_a_near_duplicate_and_another_sentence_is_not():
    base = "scientists agree that storms will be stronger because of rising seas and warmer water"
    texts = [base, base.replace("stronger", "heavier"), "scientists doubt that any of this is so"]
    assert clusters(texts) == [0, 0, 1]


def test_chinese_texts_need_no_words():
    texts = [
        "花呗可以用来支付高铁票吗我想知道具体怎么操作",
        "花呗可以用来支付高铁票吗我想知道具体怎么操作呀？",
        "蚂蚁借呗什么时候才能给我开通呢",
    ]
    assert clusters(texts) == [0, 0, 1]


@pytest.mark.parametrize("texts", [[], ["one"], ["", " "]])
def test_few_texts(texts):
    assert len(clusters(texts)) == len(texts)


def test_short_texts_are_alike_only_if_they_are_equal():
    assert clusters(["ab", "ac", "a", "abc", "AB"]) == [0, 1, 2, 3, 0]


@given(TEXTS)
def test_no_pair_below_the_threshold_is_named(texts: list[str]):
    left, right, alike = near_duplicates(texts)
    for a, b, likeness in zip(left, right, alike, strict=True):
        assert likeness == pytest.approx(jaccard(texts[a], texts[b]))
        assert likeness >= 0.8


@given(TEXTS)
def test_texts_that_are_equal_when_plain_are_always_found(texts: list[str]):
    found = clusters(texts)
    for a, b in combinations(range(len(texts)), 2):
        if plain(texts[a]) == plain(texts[b]):
            assert found[a] == found[b]


@given(TEXTS, st.randoms(use_true_random=False))
def test_the_order_of_the_texts_changes_no_cluster(texts: list[str], random):
    order = list(range(len(texts)))
    random.shuffle(order)
    before, after = clusters(texts), clusters([texts[row] for row in order])
    assert [
        [before[a] == before[b] for b in order] for a in order
    ] == [[x == y for y in after] for x in after]  # fmt: skip


def test_nearly_all_of_many_near_duplicates_are_found_and_strangers_are_not():
    random = np.random.default_rng(0)
    words = ["".join(random.choice(list("abcdefghij"), 6)) for _ in range(800)]
    base = [" ".join(random.choice(words, 14)) for _ in range(400)]
    copies = [f"{text[:40]}x{text[41:]}" for text in base]
    found = np.array(clusters(base + copies))
    assert (found[:400] == found[400:]).mean() > 0.99
    assert len(set(found.tolist())) <= 404


def test_hashes_of_a_text_do_not_depend_on_its_neighbours():
    factors = np.arange(1, 61, 2, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    texts = ["abcdef", "a", "", "xyz", "abcdefg", "end of it"]
    together = _bands(texts, factors)
    for row, text in enumerate(texts):
        assert _bands([text], factors)[0].tolist() == together[row].tolist()


def test_long_lists_are_hashed_in_parts_of_bounded_size(monkeypatch: pytest.MonkeyPatch):
    texts = ["abcdef", "abcdeg", "abcdeh", "abcdei", "abcdej"]
    (whole,) = _signatures(texts)
    monkeypatch.setattr(near_duplicates_module, "PART", 2 * (6 + SHINGLE))
    parts = list(_signatures(texts))
    assert [len(part) for part in parts] == [2, 2, 1]
    assert np.concatenate(parts).tolist() == whole.tolist()


def test_texts_that_share_no_run_share_no_band():
    factors = np.arange(1, 61, 2, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    runs = ["abcd", *("abcd"[:at] + "x" + "abcd"[at + 1 :] for at in range(SHINGLE)), "abce"]
    for band in _bands(runs, factors).T.tolist():
        assert len(set(band)) == len(runs)
    assert list(_candidates(runs)) == []


def test_texts_in_one_bucket_are_candidates():
    assert list(_candidates(["same words here", "same words here"])) == [(0, 1)]


def test_what_is_remembered_and_handed_out_at_once_changes_nothing(monkeypatch):
    texts = [f"{words} number {n} of the year" for n in range(20) for words in ("a film", "a song")]
    whole = [each.tolist() for each in near_duplicates(texts, 0.7)]
    assert len(whole[0]) > 40
    monkeypatch.setattr(near_duplicates_module, "PART", 30)
    monkeypatch.setattr(near_duplicates_module, "CHUNK", 3)
    assert [each.tolist() for each in near_duplicates(texts, 0.7)] == whole


def test_components_are_numbered_by_first_appearance():
    assert connected(5, [(3, 1), (1, 4)]).tolist() == [0, 1, 2, 1, 1]
