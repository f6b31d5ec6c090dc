from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelviz.store import Claim, DecisionStore
from labelviz.store import leases as module
from tests.conftest import decision_of, texts_of

SAMPLES = [f"s{n}" for n in range(6)]


@pytest.mark.bad_input("I15")
def test_people_who_ask_at_once_get_different_cards(store: DecisionStore):
    got: list[str | None] = []

    def ask(reviewer: str) -> None:
        got.append(
            store.leases.claim(Claim(reviewer, SAMPLES, overlap=1, seconds=60, texts=texts_of))
        )

    threads = [threading.Thread(target=ask, args=(f"r{n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(sample for sample in got if sample) == SAMPLES
    assert got.count(None) == 2


def test_a_card_is_given_to_as_many_as_the_overlap_asks_for(store: DecisionStore):
    claims = [
        store.leases.claim(Claim(who, ["s0", "s1"], 2, 60, texts=texts_of))
        for who in ("ann", "bob", "cy", "dan", "eve")
    ]
    assert claims == ["s0", "s0", "s1", "s1", None]


def test_who_asks_again_gets_the_same_card_until_it_is_decided(store: DecisionStore):
    assert store.leases.claim(Claim("ann", SAMPLES, 1, 60, texts=texts_of)) == "s0"
    assert store.leases.claim(Claim("ann", SAMPLES, 1, 60, texts=texts_of)) == "s0"
    store.record(decision_of("1", "s0"))
    assert store.leases.claim(Claim("ann", SAMPLES, 1, 60, texts=texts_of)) == "s1"
    assert store.leases.claim(Claim("bob", SAMPLES, 1, 60, texts=texts_of)) == "s2"
    assert store.leases.claim(Claim("bob", SAMPLES, 2, 60, texts=texts_of)) == "s0"


def test_who_works_in_two_tabs_holds_the_card_of_each(store: DecisionStore):
    assert store.leases.claim(Claim("ann", ["s0"], 1, 60, texts=texts_of, tab="one")) == "s0"
    assert store.leases.claim(Claim("ann", ["s1"], 1, 60, texts=texts_of, tab="two")) == "s1"
    assert store.leases.claim(Claim("bob", ["s0", "s1"], 1, 60, texts=texts_of)) is None
    assert store.leases.claim(Claim("ann", ["s2"], 1, 60, texts=texts_of, tab="two")) == "s2"
    assert [store.leases.holders(each) for each in SAMPLES[:3]] == [("ann",), (), ("ann",)]


def test_two_tabs_on_one_card_hold_it_until_both_have_left(store: DecisionStore):
    for tab in ("one", "two"):
        assert store.leases.claim(Claim("ann", ["s0"], 1, 60, texts=texts_of, tab=tab)) == "s0"
    assert store.leases.claim(Claim("ann", ["s1"], 1, 60, texts=texts_of, tab="one")) == "s1"
    assert store.leases.holders("s0") == ("ann",)
    assert store.leases.claim(Claim("bob", ["s0"], 1, 60, texts=texts_of)) is None
    store.leases.release("two")
    assert store.leases.claim(Claim("bob", ["s0"], 1, 60, texts=texts_of)) == "s0"


def test_who_has_a_card_open_that_another_holds_is_known_and_takes_no_place(store: DecisionStore):
    assert store.leases.claim(Claim("ann", ["s0"], 1, 60, texts=texts_of)) == "s0"
    assert store.leases.claim(Claim("bob", ["s0"], 1, 60, texts=texts_of, open=True)) is None
    assert (store.leases.holders("s0"), store.leases.onlookers("s0")) == (("ann",), ("bob",))
    assert store.leases.claim(Claim("ann", ["s0"], 1, 60, texts=texts_of)) == "s0"
    store.leases.release("ann")
    assert store.leases.claim(Claim("bob", ["s0"], 1, 60, texts=texts_of, open=True)) == "s0"
    assert (store.leases.holders("s0"), store.leases.onlookers("s0")) == (("bob",), ())


def test_a_tab_that_says_another_name_leaves_nothing_behind(store: DecisionStore):
    assert store.leases.claim(Claim("me", ["s0"], 1, 60, texts=texts_of, tab="one")) == "s0"
    assert store.leases.claim(Claim("ann", ["s1"], 1, 60, texts=texts_of, tab="one")) == "s1"
    assert (store.leases.holders("s0"), store.leases.holders("s1")) == ((), ("ann",))


@pytest.mark.bad_input("C12")
def test_who_decided_on_other_texts_may_have_the_card_again(store: DecisionStore):
    store.record(decision_of("1", "s0", sample_hash="of other texts"))
    assert store.leases.claim(Claim("bob", SAMPLES, 1, 60, texts=texts_of)) == "s0"
    assert store.leases.claim(Claim("ann", SAMPLES, 2, 60, texts=texts_of)) == "s0"
    store.record(decision_of("2", "s0"))
    assert store.leases.claim(Claim("ann", SAMPLES, 2, 60, texts=texts_of)) == "s1"


@pytest.mark.bad_input("I14")
def test_a_lease_that_ran_out_frees_the_card_and_its_decision_is_still_saved(
    store: DecisionStore, monkeypatch: pytest.MonkeyPatch
):
    assert store.leases.claim(Claim("ann", ["s0"], 1, 60, texts=texts_of)) == "s0"
    assert store.leases.claim(Claim("bob", ["s0"], 1, 60, texts=texts_of)) is None
    now = module.time.time()
    monkeypatch.setattr(module.time, "time", lambda: now + 61)
    assert store.leases.claim(Claim("bob", ["s0"], 1, 60, texts=texts_of)) == "s0"
    store.record(decision_of("1", label=("no",)))
    store.record(decision_of("2", label=("yes",), reviewer="bob"))
    assert [d.reviewer for d in store.latest(["s0"])["s0"]] == ["ann", "bob"]


def test_what_was_dealt_to_others_is_passed_over(store: DecisionStore):
    assert store.assignments.of("ann") is None
    store.assignments.assign([("s0", "bob"), ("s1", "ann"), ("s1", "bob")])
    assert store.assignments.of("ann") == ("s1",)
    assert store.assignments.exist()
    assert store.assignments.of_others("ann") == ("s0",)
    assert store.assignments.of_others("cy") == ("s0", "s1")
    assert store.leases.claim(Claim("ann", SAMPLES, 1, 60, texts=texts_of)) == "s1"
    assert store.leases.claim(Claim("bob", SAMPLES, 1, 60, texts=texts_of)) == "s0"
    assert store.leases.claim(Claim("cy", SAMPLES, 1, 60, texts=texts_of)) == "s2"
    store.assignments.assign([])
    assert store.assignments.of("ann") is None
    assert not store.assignments.exist()


def test_a_card_that_was_decided_may_be_had_again_by_one_who_asks_for_it(store: DecisionStore):
    store.record(decision_of("1", "s0"))
    assert store.leases.claim(Claim("ann", ["s0"], 1, 60, texts=texts_of)) is None
    assert store.leases.claim(Claim("ann", ["s0"], 1, 60, again=True, texts=texts_of)) == "s0"
    assert store.leases.claim(Claim("bob", ["s0"], 1, 60, again=True, texts=texts_of)) is None
    assert store.leases.holders("s0") == ("ann",)
    store.leases.release("bob")
    assert store.leases.holders("s0") == ("ann",)
    store.leases.release("ann")
    assert store.leases.holders("s0") == ()
    assert store.leases.claim(Claim("bob", ["s0"], 1, 60, again=True, texts=texts_of)) == "s0"


def test_what_was_dealt_to_others_may_be_had_again_when_it_was_decided(store: DecisionStore):
    store.assignments.assign([("s0", "bob")])
    assert store.leases.claim(Claim("ann", ["s0"], 1, 60, again=True, texts=texts_of)) is None
    store.record(decision_of("1", "s0", reviewer="bob"))
    assert store.leases.claim(Claim("ann", ["s0"], 1, 60, again=True, texts=texts_of)) == "s0"


PEOPLE = ("ann", "bob", "cy")


@settings(max_examples=30)
@given(
    st.integers(1, 3),
    st.lists(
        st.tuples(
            st.sampled_from(PEOPLE),
            st.sampled_from(["ask", "look", "decide", "undo", "leave"]),
            st.permutations(SAMPLES[:4]),
        ),
        max_size=25,
    ),
)
def test_no_card_is_ever_with_more_people_than_are_to_see_it(tmp_path_factory, overlap, steps):
    """Whatever people do, and in whatever order; nobody is asked twice, unless they ask."""
    store = DecisionStore(tmp_path_factory.mktemp("store") / "review.db")
    at: dict[str, str] = {}
    decided: dict[str, list[str]] = {name: [] for name in PEOPLE}
    for number, (name, what, wanted) in enumerate(steps):
        if what == "ask":
            got = store.leases.claim(Claim(name, wanted, overlap, 60, texts=texts_of))
            free = [
                each
                for each in wanted
                if each not in decided[name]
                and len({who for who in PEOPLE if who != name and (
                    at.get(who) == each or each in decided[who])}) < overlap
            ]  # fmt: skip
            assert got == next(iter(free), None)
            at |= {} if got is None else {name: got}
        if what == "look":
            got = store.leases.claim(
                Claim(
                    name,
                    wanted[:1],
                    overlap,
                    60,
                    again=True,
                    texts=texts_of,
                )
            )
            others = [who for who in PEOPLE if who != name and at.get(who) == wanted[0]]
            assert (got is None) == (len(others) >= overlap)
            at |= {} if got is None else {name: got}
        if what == "decide" and name in at and at[name] not in decided[name]:
            store.record(decision_of(f"{number}", at[name], reviewer=name))
            decided[name].append(at[name])
        if what == "undo" and decided[name]:
            back = store.latest([decided[name][-1]])[decided[name].pop()]
            (mine,) = [each for each in back if each.reviewer == name]
            undo = replace(mine, operation=f"undo {number}", verdict="undo", undoes=mine.operation,
                           label=None, sequence=0, decided_at="")  # fmt: skip
            store.record(undo)
        if what == "leave" and name in at:
            at.pop(name)
            store.leases.release(name)
        for each in SAMPLES[:4]:
            assert set(store.leases.holders(each)) == {who for who in at if at[who] == each}
            assert len(store.leases.holders(each)) <= overlap
    store.close()
