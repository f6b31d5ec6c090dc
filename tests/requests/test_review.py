"""Reviewing without a page: the same queue, decisions and undo."""

from __future__ import annotations

import pytest

from labelviz.core.bulk import BULK_VERDICTS
from labelviz.core.queue import Queue
from labelviz.errors import Conflict, RequestRefused, StepMissing, TargetsRefused, in_words
from labelviz.printing import tell
from labelviz.project.workspace import Workspace
from labelviz.requests import (
    Assign,
    Decide,
    Request,
    ShowQueue,
    ShowSimilar,
    TakeBack,
    UseProbabilities,
)
from labelviz.requests.review import VERDICTS
from tests.conftest import OPINION


def told(request: Request, space: Workspace, capsys: pytest.CaptureFixture[str]) -> str:
    tell(request, request.run(space), space)
    return capsys.readouterr().out


def test_a_queue_is_printed_as_the_page_shows_it(space: Workspace, capsys):
    assert ShowQueue().run(space) == ("3", "6")
    assert ShowQueue(queue=Queue(show="all", sort="file"), count=2).run(space) == ("007", "2")
    said = told(ShowQueue(), space, capsys).splitlines()
    assert said[0].startswith("3  unreviewed  suspicion ")
    assert said[0].endswith("  yes -> no  dull, long")
    assert told(ShowQueue(queue=Queue(show="kept")), space, capsys) == (
        "no sample waits in this queue\n"
    )


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"verdict": "keep"}, "kept"),
        ({"verdict": "accept"}, "corrected"),
        ({"verdict": "choose", "label": ("no",)}, "corrected"),
        ({"verdict": "soften", "shares": {"no": "0.25", "yes": "0.75"}}, "softened"),
        ({"verdict": "policy"}, "softened"),
        ({"verdict": "exclude"}, "excluded"),
        ({"verdict": "unsure"}, "unsure"),
        ({"verdict": "flag"}, "disputed"),
    ],
)
def test_every_verdict_is_saved_under_its_reviewer(space: Workspace, asked, status: str, capsys):
    samples = ("3", "4") if asked["verdict"] == "choose" else ("3", "6")
    request = Decide(reviewer="ann", samples=samples, note="why", **asked)
    said = told(request, space, capsys)
    assert said == "decisions saved as ann, for one undo to take back: 2\n"
    for sample in samples:
        assert space.review.status(space.dataset.rows[sample]) == status
        assert space.review.by("ann", sample).note == "why"  # type: ignore[union-attr]
    assert told(TakeBack(reviewer="ann"), space, capsys) == f"undone: {in_words(samples)}\n"
    assert space.review.samples == frozenset()
    assert TakeBack(reviewer="ann", redo=True).run(space) == samples
    assert space.review.samples == {*samples}
    assert told(TakeBack(reviewer="bob"), space, capsys) == "nothing to undo\n"


def test_the_first_of_a_queue_are_decided(space: Workspace):
    queue = Queue(show="unreviewed", sort="file")
    Decide(verdict="exclude", reviewer="ann", at_most=2, queue=queue).run(space)
    assert space.review.samples == {"007", "2"}


def test_who_decided_is_a_filter_everywhere(space: Workspace):
    Decide(verdict="keep", reviewer="bob", samples=("007", "2")).run(space)
    queue = Queue(show="all", sort="file", by="bob")
    assert ShowQueue(queue=queue).run(space) == ("007", "2")
    Decide(verdict="exclude", reviewer="ann", at_most=9, queue=queue).run(space)
    decided = {e.sample for e in space.decisions.store.events() if e.reviewer == "ann"}
    assert decided == {"007", "2"}
    assert ShowQueue(queue=Queue(show="all", by="nobody")).run(space) == ()


def test_nobody_is_given_what_they_decided_or_what_was_dealt_to_others(space: Workspace):
    space.queues.assign((), (), overlap=2)
    queue = Queue(show="unreviewed", sort="file")
    for _ in range(2):
        Decide(verdict="keep", reviewer="ann", at_most=2, queue=queue).run(space)
    assert [e.sample for e in space.decisions.store.events()] == ["007", "2", "3", "4"]
    space.queues.assign(["5", "6"], ["bob", "cy"], overlap=2)
    assert Decide(verdict="keep", reviewer="ann", at_most=9, queue=queue).run(space) == ()


def test_one_person_is_one_however_they_are_spelled(space: Workspace):
    Decide(verdict="keep", reviewer="Ann", samples=("007",)).run(space)
    Decide(verdict="exclude", reviewer="ann ", samples=("2",)).run(space)
    assert TakeBack(reviewer="ANN").run(space) == ("2",)
    assert {each.reviewer for each in space.decisions.store.events()} == {"Ann"}
    dealt = Assign(people=("Bob", "bob ", "ann"), overlap=1).run(space)
    assert set(dealt.shares) == {"Bob", "Ann"}
    Decide(verdict="keep", reviewer="BOB", samples=("3",)).run(space)
    assert space.decisions.people == {"Ann", "Bob"}


def test_a_sample_named_twice_is_decided_once_and_none_that_fits_is_said(space: Workspace, capsys):
    Decide(verdict="exclude", reviewer="ann", samples=("3", "3")).run(space)
    assert len(space.decisions.store.events()) == 1
    nothing = Decide(verdict="accept", reviewer="ann", samples=("007",))
    assert told(nothing, space, capsys).startswith("nothing was saved")


@pytest.mark.parametrize(
    "queue",
    [{"slice": "gpr", "value": "web"}, {"value": "web"}, {"cell": "x"}, {"given": "maybe"},
     {"predicted": "maybe"}, {"region": "hard"}, {"confidence_low": 0.5}],
)  # fmt: skip
def test_a_queue_that_asks_for_what_there_is_not_is_refused(space: Workspace, queue):
    asked = Queue(show="all", **queue)
    for request in (
        ShowQueue(queue=asked),
        Decide(verdict="exclude", reviewer="ann", at_most=9, queue=asked),
    ):
        with pytest.raises(RequestRefused) as refused:
            request.run(space)
        assert refused.value.field in {*queue, "region"}
    assert space.decisions.store.events() == ()


def test_suspicion_is_no_filter_before_anything_was_flagged(predicted: Workspace):
    for queue in ({"low": 0.5}, {"high": 0.5}, {"reason": "model"}):
        with pytest.raises(RequestRefused):
            ShowQueue(queue=Queue(show="all", **queue)).run(predicted)


def test_an_adjudicator_settles_for_everybody(space: Workspace, capsys):
    Decide(verdict="keep", reviewer="judge", samples=("3",), final=True).run(space)
    assert space.review.final("3").reviewer == "judge"  # type: ignore[union-attr]
    late = Decide(verdict="exclude", reviewer="ann", samples=("3",))
    assert "settled for everybody: 1\n" in told(late, space, capsys)


def test_every_verdict_of_the_page_can_be_asked_for():
    assert (*BULK_VERDICTS, "unsure", "flag") == VERDICTS


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"verdict": "like", "samples": ("3",)}, "verdict"),
        ({"verdict": "keep", "at_most": 0}, "at_most"),
        ({"verdict": "choose", "samples": ("3",)}, "label"),
        ({"verdict": "keep", "samples": ("3",), "at_most": 1}, "samples"),
        ({"verdict": "keep", "samples": ("3",), "queue": Queue(show="all")}, "samples"),
        ({"verdict": "keep", "samples": ("3",), "label": ("no",)}, "label"),
        ({"verdict": "soften", "samples": ("3",)}, "shares"),
        ({"verdict": "soften", "samples": ("3",), "shares": {"no": "much"}}, "shares"),
        ({"verdict": "soften", "samples": ("3",), "shares": {"no": "nan"}}, "shares"),
    ],
)
def test_what_is_no_decision_is_refused_before_anything_is_opened(asked, field: str):
    with pytest.raises(RequestRefused) as refused:
        Decide(reviewer="ann", **asked)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"verdict": "keep"}, RequestRefused),
        ({"verdict": "keep", "samples": ("3", "nobody")}, RequestRefused),
        ({"verdict": "choose", "label": ("maybe",), "samples": ("3",)}, TargetsRefused),
        ({"verdict": "choose", "label": ("no", "yes"), "samples": ("3",)}, TargetsRefused),
        ({"verdict": "soften", "shares": {"no": "0.9"}, "samples": ("3",)}, TargetsRefused),
    ],
)
def test_what_does_not_fit_the_dataset_saves_nothing(space: Workspace, asked, error):
    with pytest.raises((error, Conflict)):
        Decide(reviewer="ann", **asked).run(space)
    assert space.decisions.store.events() == ()


def test_similar_samples_are_printed_with_their_labels(space: Workspace, capsys):
    with_the_same, with_another = told(ShowSimilar(sample="3", count=1), space, capsys).split(
        "with another label:"
    )
    assert with_the_same.startswith("with the same label:\n4  unreviewed  0.8")
    assert with_another == " none\n"
    with pytest.raises(RequestRefused):
        ShowSimilar(sample="nobody").run(space)


def test_similar_samples_of_what_was_never_embedded_are_not_known(workspace: Workspace):
    with pytest.raises(StepMissing, match="not known"):
        ShowSimilar(sample="3").run(workspace)


def test_other_probabilities_come_into_use(space: Workspace, write, capsys):
    space.opinions.read_file(write(OPINION, "second.csv"))
    assert told(UseProbabilities(name="opinion"), space, capsys).startswith("opinion: unknown")
    assert space.opinions.current == "opinion"
    with pytest.raises(StepMissing):
        UseProbabilities(name="third").run(space)
