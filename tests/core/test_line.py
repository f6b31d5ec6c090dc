from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelviz.core.arrays import strings
from labelviz.core.dataset import MISSING
from labelviz.core.decisions import Review
from labelviz.core.difficulty import DataMap
from labelviz.core.line import (
    CHUNK,
    Line,
    Maps,
    disagreement,
    line,
    shown,
    unanswerable,
)
from labelviz.core.opinion import Opinion
from labelviz.core.queue import Queue
from labelviz.core.statuses import Statuses
from labelviz.core.suspicion import Suspicion
from tests.conftest import dataset_of, decision_of, probabilities_of

DATA = dataset_of([0, 1, 1, 0, 1], slices={"source": strings(["web", "app", "web", "app", "web"])})
OPINION = probabilities_of(DATA, [[0.9, 0.1], [0.4, 0.6], [0.7, 0.3], [0.5, 0.5], [0.0, 1.0]])
SUSPICION = Suspicion(
    np.array([0.1, 0.4, 0.7, 0.5, 0.0]),
    np.array([False, False, True, True, False]),
    np.array([0, 1, 0, 1, 1]),
    strings(["", "", "The model says no.", "The model says yes.", ""]),
    ("test",),
    DATA.fingerprint,
    "opinion",
)
REVIEW = Review(
    DATA,
    [
        decision_of("1", "s0", "keep", label=("no",), sequence=1),
        decision_of("2", "s2", "choose", label=("no",), sequence=2),
        decision_of("3", "gone", "exclude", sequence=3),
    ],
)
FOUND = Statuses.of(REVIEW)


def rows(**queue) -> list[int]:
    return line(Queue(**queue), DATA, Opinion(OPINION), SUSPICION).rows.tolist()


def visible(show: str) -> list[int]:
    return np.flatnonzero(shown(Queue(show=show), FOUND, SUSPICION)).tolist()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("queue", "expected"),
    [
        ({"sort": "worst"}, [2, 3, 1, 0, 4]),
        ({"sort": "uncertain"}, [3, 1, 2, 0, 4]),
        ({"sort": "file"}, [0, 1, 2, 3, 4]),
        ({"sort": "file", "reverse": True}, [4, 3, 2, 1, 0]),
        ({"sort": "worst", "reverse": True, "given": "yes"}, [4, 1, 2]),
        ({"sort": "given"}, [0, 3, 1, 2, 4]),
        ({"sort": "given", "reverse": True}, [4, 2, 1, 3, 0]),
        ({"sort": "predicted"}, [0, 2, 3, 1, 4]),
        ({"sort": "file", "given": "yes"}, [1, 2, 4]),
        ({"sort": "file", "predicted": "yes"}, [1, 4]),
        ({"sort": "file", "given": "yes", "predicted": "no"}, [2]),
        ({"sort": "file", "low": 0.4}, [1, 2, 3]),
        ({"sort": "file", "high": 0.4}, [0, 1, 4]),
        ({"sort": "file", "low": 0.4, "high": 0.5}, [1, 3]),
        ({"sort": "file", "low": 0.6, "high": 0.2}, []),
        ({"sort": "file", "slice": "source", "value": "app"}, [1, 3]),
        ({"sort": "file", "slice": "source", "value": "nowhere"}, []),
        ({"sort": "file", "slice": "no such column", "value": "app"}, [0, 1, 2, 3, 4]),
        ({"sort": "file", "given": "no such class"}, []),
        ({"sort": "worst", "given": "yes"}, [2, 1, 4]),
        ({"sort": "file", "text": "TEXT 3"}, [3]),
        ({"sort": "file", "text": "s1"}, [1]),
        ({"sort": "file", "text": "text nowhere"}, []),
        ({"sort": "file", "reason": "model no"}, [2]),
        ({"sort": "worst", "given": "yes", "text": "text"}, [2, 1, 4]),
    ],
)
def test_filter_and_order(queue, expected):
    assert rows(**queue) == expected


def test_a_column_of_the_file_filters_by_its_cell():
    cells = strings(["from Ann", "", "Bob and Ann", "Bob", ""])
    queue = Queue(sort="file", column="by", cell="ann")
    assert line(queue, DATA, column=cells).rows.tolist() == [0, 2]
    assert line(queue, DATA).rows.tolist() == [0, 1, 2, 3, 4]


def test_random_is_the_same_shuffle_for_everybody():
    assert sorted(rows(sort="random")) == [0, 1, 2, 3, 4]
    assert rows(sort="random") == rows(sort="random")
    assert [row for row in rows(sort="random") if row in (1, 2, 4)] == rows(
        sort="random", given="yes"
    )


def test_texts_are_long_by_all_their_sides():
    data = dataset_of([0, 1, 0], texts=[["aaaa", "a", ""], ["", "bb", "bbbbb"]])
    assert line(Queue(sort="length"), data).rows.tolist() == [2, 0, 1]


def test_labels_are_in_the_order_of_the_classes_and_those_without_come_last():
    data = dataset_of([MISSING, 2, 0, 1, 0], classes=("c", "a", "b"))
    assert line(Queue(sort="given"), data).rows.tolist() == [2, 4, 3, 1, 0]
    several = dataset_of([[0, 1], [1, 1], [-1, -1], [1, 0], [0, 0]], task="multilabel")
    assert line(Queue(sort="given"), several).rows.tolist() == [1, 3, 0, 4, 2]


def test_without_evidence_the_order_is_the_files():
    for sort in ("worst", "uncertain", "predicted"):
        assert line(Queue(sort=sort), DATA).rows.tolist() == [0, 1, 2, 3, 4]


def test_without_evidence_bounds_and_predictions_filter_nothing():
    assert line(Queue(predicted="yes", low=0.9), DATA).rows.tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("show", "expected"),
    [
        ("flagged", [3]),
        ("all", [0, 1, 2, 3, 4]),
        ("unreviewed", [1, 3, 4]),
        ("kept", [0]),
        ("corrected", [2]),
        ("excluded", []),
    ],
)
def test_what_is_shown(show, expected):
    assert visible(show) == expected


def test_what_one_of_two_has_reviewed_waits_for_the_other():
    asked = shown(Queue(show="unreviewed"), FOUND, SUSPICION, overlap=2)
    assert np.flatnonzero(asked).tolist() == [0, 1, 2, 3, 4]


def test_nothing_is_flagged_without_flags():
    assert not shown(Queue(show="flagged"), FOUND).any()


def test_multilabel_queues_ask_whether_the_class_is_among_the_labels():
    data = dataset_of([[1, 0], [1, 1], [0, MISSING]], ("a", "b"))
    opinion = probabilities_of(data, [[0.5, 0.4], [0.2, 0.9], [0.1, 0.6]])
    cuts = np.array([0.15, 0.9])
    asked = Queue(sort="file", predicted="b")
    assert line(asked, data, Opinion(opinion, cuts)).rows.tolist() == [1]
    for queue, expected in (
        (Queue(sort="file", given="b"), [1]),
        (Queue(sort="file", given="a"), [0, 1]),
        (Queue(sort="file", predicted="b"), [1, 2]),
        (Queue(sort="uncertain"), [0, 2, 1]),
    ):
        assert line(queue, data, Opinion(opinion)).rows.tolist() == expected


ORDER = Line(np.array([4, 2, 0, 3]), 5)


@pytest.mark.parametrize(
    ("hidden", "current", "step", "expected"),
    [
        ([], 2, 1, 0),
        ([], 2, -1, 4),
        ([0], 2, 1, 3),
        ([4], 2, -1, None),
        ([], 3, 1, None),
        ([], None, 1, 4),
        ([4], None, -1, 2),
        ([], 1, 1, 4),
        ([2], 2, 1, 0),
        ([0, 2, 3, 4], None, 1, None),
    ],
)
def test_neighbours_follow_the_line_and_skip_what_does_not_wait(hidden, current, step, expected):
    waiting = np.ones(5, dtype=bool)
    waiting[hidden] = False
    assert ORDER.neighbour(waiting, current, step) == expected


def test_neighbours_pass_over_rows_that_were_skipped():
    assert ORDER.neighbour(np.ones(5, dtype=bool), None, 1, but={4, 2}) == 0


def test_a_line_is_narrow_and_nobody_changes_it():
    assert ORDER.rows.dtype == np.int32
    assert not ORDER.rows.flags.writeable


def test_what_is_left_counts_the_waiting_rows_of_the_line():
    assert ORDER.left(np.array([True, True, False, True, True])) == 3


@given(st.integers(1, 20), st.integers(0, 1000))
def test_walking_forward_visits_every_waiting_row_once(n: int, seed: int):
    rng = np.random.default_rng(seed)
    order, waiting = Line(rng.permutation(n), n), rng.random(n) < 0.6
    walked, current = [], order.neighbour(waiting, None, 1)
    while current is not None:
        walked.append(current)
        current = order.neighbour(waiting, current, 1)
    assert walked == [row for row in order.rows.tolist() if waiting[row]]


def test_a_long_line_is_walked_in_chunks():
    order = Line(np.arange(CHUNK * 2 + 5)[::-1], CHUNK * 2 + 5)
    waiting = np.zeros(CHUNK * 2 + 5, dtype=bool)
    waiting[0] = True
    assert order.neighbour(waiting, None, 1) == 0


def test_disagreement_is_the_share_that_says_otherwise():
    others = {"a": np.array([0, 1, MISSING]), "b": np.array([1, 1, MISSING])}
    data = dataset_of([0, 1, MISSING], annotators=others, votes=np.array([[1, 0], [0, 0], [0, 0]]))
    assert disagreement(data) == pytest.approx([1 / 4, 0, 0])


def test_disagreement_of_several_labels_is_that_of_the_most_disputed_class():
    others = {"a": np.array([[1, 0], [1, 1]]), "b": np.array([[1, 1], [1, 0]])}
    data = dataset_of([[1, 0], [1, 1]], ("x", "y"), annotators=others)
    assert disagreement(data) == pytest.approx([1 / 3, 1 / 3])
    assert line(Queue(sort="disputed"), data).rows.tolist() == [0, 1]


CONFIDENCE = np.array([0.9, 0.1, 0.5, 0.6, np.nan])
VARIABILITY = np.array([0.1, 0.1, 0.4, 0.1, np.nan])
LEARNED = DataMap(CONFIDENCE, VARIABILITY, CONFIDENCE, CONFIDENCE, CONFIDENCE)


@pytest.mark.parametrize(
    ("queue", "expected"),
    [
        ({}, [0, 1, 2, 3, 4]),
        ({"region": "easy"}, [0, 3]),
        ({"region": "ambiguous"}, [2]),
        ({"region": "hard"}, [1]),
        ({"confidence_low": 0.5}, [0, 2, 3]),
        ({"confidence_high": 0.6, "variability_high": 0.2}, [1, 3]),
        ({"variability_low": 0.4}, [2]),
        ({"region": "easy", "confidence_low": 0.7}, [0]),
    ],
)
def test_a_part_of_the_data_map_filters(queue, expected):
    assert line(Queue(sort="file", **queue), DATA, maps=Maps(LEARNED)).rows.tolist() == expected
    assert line(Queue(sort="file", **queue), DATA).rows.tolist() == [0, 1, 2, 3, 4]


EVERYTHING = (OPINION, SUSPICION, Maps(LEARNED))
NOTHING = (None, None)


WRITTEN = st.text("aAbß\n Σ", max_size=6)


@given(
    st.lists(st.tuples(WRITTEN, WRITTEN), min_size=1, max_size=8),
    st.lists(st.text("abßΣS", min_size=1, max_size=2), min_size=1, max_size=2),
    st.integers(1, 4),
)
def test_a_search_finds_every_word_in_a_text_or_the_id_and_none_across_two(texts, words, at_once):
    data = dataset_of([0] * len(texts), texts=[*zip(*texts, strict=True)])
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("labelviz.core.line.CHUNK", at_once)
        found = line(Queue(text=" ".join(words), sort="file"), data).rows.tolist()
    cells = [(str(data.ids[row]), *each) for row, each in enumerate(texts)]
    assert found == [
        row for row, each in enumerate(cells)
        if all(any(word.casefold() in cell.casefold() for cell in each) for word in words)
    ]  # fmt: skip


def test_a_border_filters_where_a_model_says_something():
    assert rows(sort="file", between="yes") == [1, 3]
    assert rows(sort="file", between="maybe") == []
    everything = [0, 1, 2, 3, 4]
    assert line(Queue(sort="file", between="yes"), DATA).rows.tolist() == everything


def test_of_several_labels_a_border_has_one_side():
    data = dataset_of([[0, 1]], ("x", "y"))
    opinion = probabilities_of(data, [[0.5, 0.9]])
    assert unanswerable(Queue(between="x"), data, opinion, None) == ""
    assert unanswerable(Queue(between="x", versus="y"), data, opinion, None) == "versus"


@pytest.mark.parametrize(
    ("queue", "evidence", "field"),
    [
        ({}, NOTHING, ""),
        ({"slice": "source", "value": "web"}, NOTHING, ""),
        ({"slice": "nowhere", "value": "web"}, EVERYTHING, "slice"),
        ({"value": "web"}, EVERYTHING, "value"),
        ({"column": "by", "cell": "ann"}, NOTHING, ""),
        ({"cell": "ann"}, EVERYTHING, "cell"),
        ({"given": "yes"}, NOTHING, ""),
        ({"given": "maybe"}, EVERYTHING, "given"),
        ({"predicted": "yes"}, EVERYTHING, ""),
        ({"predicted": "maybe"}, EVERYTHING, "predicted"),
        ({"predicted": "yes"}, NOTHING, "predicted"),
        ({"low": 0.1, "high": 0.9, "reason": "model", "region": "easy"}, EVERYTHING, ""),
        ({"between": "yes"}, EVERYTHING, ""),
        ({"between": "yes", "versus": "no"}, EVERYTHING, ""),
        ({"between": "maybe"}, EVERYTHING, "between"),
        ({"between": "yes"}, NOTHING, "between"),
        ({"between": "yes", "versus": "yes"}, EVERYTHING, "versus"),
        ({"versus": "yes"}, EVERYTHING, "versus"),
        ({"low": 0.1}, NOTHING, "low"),
        ({"high": 0.9}, NOTHING, "high"),
        ({"reason": "model"}, NOTHING, "reason"),
        ({"region": "easy"}, NOTHING, "region"),
        ({"confidence_low": 0.1}, NOTHING, "region"),
    ],
)
def test_a_queue_is_unanswerable_where_it_asks_for_what_there_is_not(queue, evidence, field: str):
    assert unanswerable(Queue(**queue), DATA, *evidence) == field


@given(st.permutations(range(9)), st.lists(st.booleans(), min_size=9, max_size=9), st.data())
def test_onwards_goes_once_round_the_line(order, waiting, data):
    rows = order[: data.draw(st.integers(0, 9))]
    current = data.draw(st.sampled_from([None, *range(9)]))
    but = data.draw(st.sets(st.sampled_from(range(9))))
    found = list(Line(np.array(rows, dtype=int), 9).onwards(np.array(waiting), current, but))
    after = rows.index(current) + 1 if current in rows else 0
    assert found == [n for n in rows[after:] + rows[:after] if waiting[n] and n not in but]
