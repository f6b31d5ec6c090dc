from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelviz.core.dataset import MISSING
from labelviz.core.decisions import (
    Decision,
    Review,
    changes_of,
    check_decision,
    status_of,
)
from labelviz.errors import Conflict, TargetsRefused
from tests.conftest import assert_message, dataset_of, decision_of

DATA = dataset_of([0, 1, MISSING])
ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(["decide", "undo", "redo"]),
        st.sampled_from(["ann", "bob"]),
        st.sampled_from(["s0", "s1", "s2"]),
    ),
    max_size=40,
)


def numbered(*decisions: Decision) -> Review:
    """A review of events in this order."""
    return Review(DATA, (replace(each, sequence=n) for n, each in enumerate(decisions, start=1)))


def undo(operation: str, undoes: str, **more) -> Decision:
    return decision_of(operation, verdict="undo", undoes=undoes, **more)


def standing(review: Review) -> dict[tuple[str, str], str]:
    return {
        (sample, each.reviewer): each.operation
        for sample in review.samples
        for each in review.decisions(sample)
    }


class TwoStacks:
    """Undo as a text editor has it: one stack of what is done, one of what was undone."""

    def __init__(self) -> None:
        self.done: list[tuple[int, str, str]] = []
        self.undone: list[tuple[int, str, str]] = []

    def decide(self, entry: tuple[int, str, str]) -> None:
        self.done.append(entry)
        self.undone.clear()

    def undo(self) -> None:
        self.undone.append(self.done.pop())

    def redo(self) -> None:
        self.done.append(self.undone.pop())

    def standing(self) -> dict[str, str]:
        return {sample: operation for _, sample, operation in sorted(self.done)}


@given(ACTIONS)
def test_undo_and_redo_behave_like_two_stacks_per_reviewer(actions):
    events: list[Decision] = []
    models = {"ann": TwoStacks(), "bob": TwoStacks()}
    for number, (action, who, sample) in enumerate(actions, start=1):
        review, model = Review(DATA, events), models[who]
        assert (review.undoable(who) is not None) == bool(model.done)
        assert (review.redoable(who) is not None) == bool(model.undone)
        event = decision_of(f"op{number}", sample, reviewer=who, sequence=number)
        if action == "decide":
            model.decide((number, sample, event.operation))
        else:
            taken = review.undoable(who) if action == "undo" else review.redoable(who)
            if taken is None:
                continue
            event = replace(event, sample=taken.sample, verdict="undo", undoes=taken.operation)
            model.undo() if action == "undo" else model.redo()
        events.append(event)
    expected = {
        (sample, who): operation
        for who, model in models.items()
        for sample, operation in model.standing().items()
    }
    assert standing(Review(DATA, events)) == expected


@given(ACTIONS, st.integers(0, 10_000))
def test_any_history_can_be_replayed(actions, seed: int):
    """Whatever two tabs wrote in whatever order, reading it back never fails."""
    events: list[Decision] = []
    names = itertools.count(1)
    for number, (action, who, sample) in enumerate(actions):
        target = f"op{(seed + 7 * number) % (len(events) + 2)}"
        event = decision_of(f"op{next(names)}", sample, reviewer=who, sequence=number + 1)
        if action != "decide":
            event = replace(event, verdict="undo", undoes=target)
        events.append(event)
    review = Review(DATA, events)
    found = [each for sample in review.samples for each in review.decisions(sample)]
    assert all(each.verdict != "undo" for each in found)
    assert review.sequence == len(events)


@pytest.mark.bad_input("I03", "I07")
def test_the_same_decision_undone_in_two_tabs_is_undone_once():
    history = (decision_of("1"), undo("2", "1"), undo("3", "1"))
    assert standing(numbered(*history)) == {}
    assert numbered(*history).undoable("ann") is None
    back = numbered(*history, undo("4", "2"))
    assert standing(back) == {("s0", "ann"): "1"}
    assert back.redoable("ann") is None


@pytest.mark.bad_input("I03")
def test_a_redo_that_comes_after_a_new_decision_changes_nothing():
    review = numbered(decision_of("1"), undo("2", "1"), decision_of("3"), undo("4", "2"))
    assert standing(review) == {("s0", "ann"): "3"}


def test_nobody_can_undo_what_somebody_else_decided():
    review = numbered(decision_of("1"), undo("2", "1", reviewer="bob"))
    assert standing(review) == {("s0", "ann"): "1"}
    assert review.redoable("bob") is None


def test_undo_uncovers_the_earlier_decision_on_the_same_sample():
    keep = decision_of("1", verdict="keep", label=("no",))
    exclude = decision_of("2", verdict="exclude")
    assert numbered(keep, exclude).status(0) == "excluded"
    assert numbered(keep, exclude, undo("3", "2")).status(0) == "kept"
    assert numbered(keep, exclude, undo("3", "2"), undo("4", "3")).status(0) == "excluded"


def test_a_sample_nobody_decided_is_unreviewed():
    review = numbered(decision_of("1", "s1"))
    assert review.status(0) == "unreviewed"
    assert review.agreed("s0") is None
    assert review.decisions("s0") == ()
    assert review.by("ann", "s0") is None


@pytest.mark.parametrize(
    ("verdict", "more", "status"),
    [
        ("keep", {"label": ("no",)}, "kept"),
        ("accept", {"label": ("yes",)}, "corrected"),
        ("choose", {"label": ("yes",)}, "corrected"),
        ("choose", {"label": ("no",)}, "kept"),
        ("soften", {"target": {"no": 0.4, "yes": 0.6}}, "softened"),
        ("exclude", {}, "excluded"),
        ("unsure", {}, "unsure"),
        ("flag", {}, "disputed"),
    ],
)
def test_every_verdict_has_its_status(verdict, more, status):
    assert numbered(decision_of("1", "s0", verdict, **more)).status(0) == status


def test_the_order_of_multilabel_names_means_nothing():
    one = decision_of("1", verdict="choose", label=("a", "b"), sequence=1)
    other = decision_of("2", verdict="choose", label=("b", "a"), reviewer="bob", sequence=2)
    assert Review(dataset_of([[0, 0]], ("a", "b")), [one, other]).agreed("s0") is not None
    assert status_of(other, ("a", "b")) == "kept"


@pytest.mark.bad_input("I01")
@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("keep", {"label": ("no",)}), ("choose", {"label": ("yes",)})),
        (("keep", {"label": ("no",)}), ("exclude", {})),
        (("keep", {"label": ("no",)}), ("unsure", {})),
        (("exclude", {}), ("unsure", {})),
        (
            ("soften", {"target": {"no": 0.4, "yes": 0.6}}),
            ("soften", {"target": {"no": 0.5, "yes": 0.5}}),
        ),
        (("choose", {"label": ("yes",)}), ("soften", {"target": {"yes": 1.0, "no": 0.0}})),
    ],
)
def test_two_reviewers_who_differ_are_disputed(first, second):
    ann = decision_of("1", "s0", first[0], **first[1])
    bob = decision_of("2", "s0", second[0], reviewer="bob", **second[1])
    review = numbered(ann, bob)
    assert review.agreed("s0") is None
    assert review.status(0) == "disputed"
    assert [each.reviewer for each in review.decisions("s0")] == ["ann", "bob"]


@pytest.mark.parametrize(
    ("first", "second", "status"),
    [
        (("keep", {"label": ("no",)}), ("choose", {"label": ("no",)}), "kept"),
        (("accept", {"label": ("yes",)}), ("choose", {"label": ("yes",)}), "corrected"),
        (("exclude", {}), ("exclude", {}), "excluded"),
        (
            ("soften", {"target": {"no": 0.4, "yes": 0.6}}),
            ("soften", {"target": {"yes": 0.6, "no": 0.4}}),
            "softened",
        ),
    ],
)
def test_two_reviewers_who_say_the_same_agree(first, second, status):
    ann = decision_of("1", "s0", first[0], **first[1])
    bob = decision_of("2", "s0", second[0], reviewer="bob", **second[1])
    review = numbered(ann, bob)
    assert review.agreed("s0") == review.by("bob", "s0")
    assert review.status(0) == status


def test_a_dispute_ends_when_one_gives_in():
    ann = decision_of("1", "s0", "keep", label=("no",))
    bob = decision_of("2", "s0", "choose", label=("yes",), reviewer="bob")
    gives_in = decision_of("3", "s0", "choose", label=("yes",))
    assert numbered(ann, bob, gives_in).status(0) == "corrected"
    assert numbered(ann, bob, undo("3", "2", reviewer="bob")).status(0) == "kept"


def test_the_last_event_may_be_an_undo():
    review = numbered(decision_of("1"), undo("2", "1"), decision_of("3", reviewer="bob"))
    found = [review.last_event(who) for who in ("ann", "bob")]
    assert [each.operation for each in found if each] == ["2", "3"]
    assert review.last_event("nobody") is None


def test_recent_decisions_come_newest_first():
    review = numbered(
        decision_of("1"), decision_of("2"), decision_of("3", reviewer="bob"), decision_of("4")
    )
    assert [each.operation for each in review.recent("ann", 2)] == ["4", "2"]
    assert [each.operation for each in review.recent("ann", 9)] == ["4", "2", "1"]
    assert review.recent("ann", 0) == ()
    assert review.recent("nobody", 3) == ()


# What may be decided


@pytest.mark.bad_input("F18")
@pytest.mark.parametrize(
    ("target", "what"),
    [
        ({"no": 0.45, "yes": 0.5}, "The shares add to 0.95."),
        ({"yes": 0.5}, "The shares add to 0.5."),
        ({"no": -0.5, "yes": 1.5}, "A share is not from 0 to 1."),
        ({"no": float("nan"), "yes": 1.0}, "A share is not from 0 to 1."),
    ],
)
def test_a_soft_target_that_is_no_distribution_may_not_be_decided(target, what: str):
    with pytest.raises(TargetsRefused) as refused:
        check_decision(decision_of("1", "s1", "soften", target=target), DATA)
    assert_message(refused.value, what, "sample 's1'", "NOT saved", "together 1")


def test_soft_cells_need_not_add_to_one_but_stay_in_range():
    data = dataset_of([[0, 1]], ("a", "b"))
    check_decision(decision_of("1", "s0", "soften", target={"a": 0.9, "b": 0.9}), data)
    with pytest.raises(TargetsRefused, match="not from 0 to 1"):
        check_decision(decision_of("1", "s0", "soften", target={"a": 1.9}), data)


SOFT = {"no": 0.4, "yes": 0.6}


@pytest.mark.parametrize(
    ("verdict", "more", "what", "remedy"),
    [
        ("choose", {"label": ("maybe",)}, "No such class: “maybe”.", "“no” and “yes”."),
        ("soften", {"target": {"maybe": 1.0}}, "No such class: “maybe”.", "“no” and “yes”."),
        ("keep", {"label": ()}, "names 0 classes; a binary label is one", "Name one class."),
        ("accept", {"label": ("no", "yes")}, "names 2 classes; a binary", "Name one class."),
        ("choose", {"label": ("no", "no")}, "names a class twice.", "Name each class once."),
        ("keep", {"label": None}, "'keep' needs a label.", "Give a label."),
        ("accept", {"label": None}, "'accept' needs a label.", "Give a label."),
        ("choose", {"label": None}, "'choose' needs a label.", "Give a label."),
        ("choose", {"label": ("no",), "target": SOFT}, "'choose' takes no target.",
         "Leave the target out, or give another verdict."),
        ("soften", {}, "'soften' needs a target.", "Give a target."),
        ("soften", {"target": SOFT, "label": ("no",)}, "'soften' takes no label.",
         "Leave the label out, or give another verdict."),
        *(
            (verdict, {part: value}, f"'{verdict}' takes no {part}", f"Leave the {part} out, or")
            for verdict in ("exclude", "unsure", "flag")
            for part, value in (("label", ("no",)), ("target", SOFT))
        ),
    ],
)  # fmt: skip
def test_a_verdict_says_what_it_has_to_and_nothing_else(verdict, more, what: str, remedy: str):
    decision = decision_of("1", "s0", verdict, **more)
    with pytest.raises(TargetsRefused) as refused:
        check_decision(decision, DATA)
    assert_message(refused.value, what, remedy=remedy)
    assert numbered(decision).status(0) == "unreviewed"


@pytest.mark.parametrize("label", [(), ("a",), ("b", "a")])
def test_any_number_of_classes_is_a_label_where_several_may_be_true(label):
    check_decision(decision_of("1", "s0", "choose", label=label), dataset_of([[0, 0]], ("a", "b")))


def test_only_samples_of_the_dataset_are_decided_and_anything_may_be_taken_back():
    with pytest.raises(TargetsRefused) as refused:
        check_decision(decision_of("1", "s9", "exclude"), DATA)
    assert_message(refused.value, "no such sample", "'s9'", "NOT saved", "another")
    check_decision(undo("2", "1", sample="s9"), DATA)


# Texts that change


A = dataset_of([0, 1], texts=[["a", "same"]])
B = dataset_of([0, 1], texts=[["b", "same"]])


@pytest.mark.bad_input("C12")
def test_a_decision_on_one_text_says_nothing_of_another():
    on_a = decision_of("1", "s0", "exclude", on=A)
    check_decision(on_a, A)
    with pytest.raises(Conflict) as refused:
        check_decision(on_a, B)
    assert_message(refused.value, "NOT saved", "'s0'", "Earlier decisions are safe", "again")


HISTORY = [
    decision_of("1", "s0", "exclude", on=A, sequence=1),
    decision_of("2", "s1", "exclude", on=A, sequence=2),
    decision_of("3", "s0", "choose", label=("yes",), on=B, sequence=3),
    decision_of("4", "s0", "unsure", on=B, reviewer="bob", sequence=4),
    decision_of("5", "s0", "choose", label=("no",), on=A, reviewer="judge", final=True, sequence=5),
]


@pytest.mark.bad_input("C12")
def test_what_was_said_of_a_text_counts_while_the_sample_has_it():
    texts = {
        A: (("excluded", None, "kept"), ("ann",)),
        B: (("corrected", "disputed", "disputed"), ("ann", "bob")),
    }
    for data, (statuses, people) in texts.items():
        seen = [Review(data, HISTORY[:count]).status(0) for count in (3, 4, 5)]
        assert seen == [each or statuses[0] for each in statuses]
        review = Review(data, HISTORY)
        assert tuple(each.reviewer for each in review.decisions("s0")) == people
        assert review.status(1) == "excluded"
        assert review.samples == {"s0", "s1"}
    other = Review(dataset_of([0, 1], texts=[["c", "d"]]), HISTORY)
    assert other.samples == frozenset()
    assert (other.status(0), other.agreed("s0"), other.final("s0")) == ("unreviewed", None, None)
    assert other.undoable("ann") == HISTORY[2]


def test_events_one_by_one_make_the_review_that_all_of_them_make():
    for data in (A, B):
        review = Review(data)
        for count in range(1, len(HISTORY) + 1):
            told = changes_of(HISTORY[:count])
            touched = {HISTORY[count - 1].sample}
            new = {sample: said for sample, said in told.samples.items() if sample in touched}
            review = review.after(replace(told, samples=new))
            whole = Review(data, HISTORY[:count])
            assert (review.samples, review._latest) == (whole.samples, whole._latest)


@pytest.mark.bad_input("D17")
def test_what_names_a_class_that_is_gone_does_not_count():
    data = dataset_of([0, 1], ("no", "maybe"))
    soft = decision_of("1", "s0", "soften", target=SOFT, sequence=1)
    final = decision_of("2", "s1", "choose", label=("yes",), final=True, sequence=2)
    other = decision_of("3", "s1", "choose", label=("maybe",), reviewer="bob", sequence=3)
    review = Review(data, [soft, final, other])
    assert review.samples == {"s1"}
    assert review.agreed("s1") == other


# What counts


def test_only_what_says_where_a_sample_stands_counts():
    first = decision_of("1", "s0", "exclude")
    again = decision_of("2", "s0", "unsure")
    bob = decision_of("3", "s0", "exclude", reviewer="bob")
    final = decision_of("4", "s0", "choose", label=("yes",), reviewer="judge", final=True)
    late = decision_of("5", "s0", "keep", reviewer="cy")
    events = [replace(e, sequence=n) for n, e in enumerate((first, again, bob, final, late), 1)]
    before = Review(DATA, events[:3])
    assert [before.counts(each) for each in events] == [False, True, True, False, False]
    after = Review(DATA, events)
    assert [after.counts(each) for each in events] == [False, False, False, True, False]
    assert after.agreed("s0") == events[3]
