"""When the flags learn from the reviews, and that nobody at work waits for it."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from labelviz.errors import WorkspaceRefused
from labelviz.project.findings import Findings
from labelviz.project.workspace import Workspace
from labelviz.reviewing import VERDICTS_PER_REFIT, Refit
from tests.conftest import ENOUGH, until


class Flagging:
    """Refits that a test lets end when it likes, and a count of new verdicts as it says."""

    def __init__(self, space: Workspace) -> None:
        self.space, self.new = space, 0
        self.begun, self.tried = 0, True
        self.refusing: Exception | None = None
        self.end = threading.Event()
        self.refit = Refit(self._flag)

    def _flag(self, _: Workspace) -> bool:
        self.begun += 1
        if self.refusing is not None:
            raise self.refusing
        assert not self.tried or self.end.wait(ENOUGH)
        return self.tried

    def after(self, more: int) -> None:
        """So many more new verdicts, or fewer."""
        self.new += more
        self.refit.look(self.space)

    def ended(self) -> None:
        """Let the one that runs end."""
        self.end.set()
        until(lambda: self.refit.idle)
        self.end.clear()


@pytest.fixture
def flagging(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flagging]:
    made = Flagging(workspace)
    monkeypatch.setattr(Findings, "new_verdicts", property(lambda _: made.new))
    yield made
    made.end.set()
    until(lambda: made.refit.idle)


def test_the_twenty_fifth_verdict_starts_a_refit_and_the_one_before_does_not(flagging: Flagging):
    for _ in range(VERDICTS_PER_REFIT - 1):
        flagging.after(1)
    assert flagging.refit.idle
    flagging.after(1)
    until(lambda: flagging.begun == 1)


def test_verdicts_that_are_taken_back_bring_no_refit_nearer(flagging: Flagging):
    for _ in range(3 * VERDICTS_PER_REFIT):  # decided and undone, and so on
        flagging.after(1)
        flagging.after(-1)
    flagging.after(VERDICTS_PER_REFIT - 1)
    assert flagging.refit.idle
    flagging.after(1)
    until(lambda: flagging.begun == 1)


def test_never_two_at_once_and_the_next_is_due_after_the_last_one_ended(flagging: Flagging):
    flagging.after(VERDICTS_PER_REFIT)
    until(lambda: flagging.begun == 1)
    for _ in range(3 * VERDICTS_PER_REFIT):  # what comes meanwhile does not make the next one due
        flagging.after(1)
    flagging.new -= VERDICTS_PER_REFIT  # which it learned from
    flagging.ended()
    flagging.after(VERDICTS_PER_REFIT - 1)
    assert flagging.refit.idle
    flagging.after(1)
    until(lambda: flagging.begun == 2)


def test_after_a_person_found_wrong_labels_all_verdicts_are_known(flagging: Flagging):
    flagging.after(VERDICTS_PER_REFIT)
    until(lambda: flagging.begun == 1)
    flagging.ended()
    flagging.after(-VERDICTS_PER_REFIT)  # this refit failed, and somebody flagged by hand
    flagging.after(VERDICTS_PER_REFIT - 1)
    assert flagging.refit.idle
    flagging.after(1)
    until(lambda: flagging.begun == 2)


def test_verdicts_that_many_threads_count_at_once_start_one_refit(flagging: Flagging):
    flagging.new = VERDICTS_PER_REFIT
    people = [threading.Thread(target=flagging.after, args=(0,)) for _ in range(8)]
    for each in people:
        each.start()
    for each in people:
        each.join()
    until(lambda: flagging.begun == 1)
    flagging.ended()
    assert flagging.begun == 1


def test_what_has_to_wait_for_something_else_stays_due(flagging: Flagging):
    flagging.tried = False
    flagging.after(VERDICTS_PER_REFIT)
    until(lambda: flagging.begun == 1 and flagging.refit.idle)
    assert flagging.refit.failure == ""
    flagging.after(1)
    until(lambda: flagging.begun == 2)


@pytest.mark.parametrize(
    "error", [OSError(28, "No space left on device"), WorkspaceRefused("It is damaged.")]
)
def test_what_cannot_start_says_why_and_is_tried_again_later(flagging: Flagging, error: Exception):
    flagging.refusing = error
    flagging.after(VERDICTS_PER_REFIT)
    until(lambda: flagging.begun == 1 and flagging.refit.idle)
    assert flagging.refit.failure == str(error)
    flagging.refusing = None
    flagging.after(VERDICTS_PER_REFIT - 1)
    assert flagging.refit.idle
    flagging.after(1)
    until(lambda: flagging.begun == 2)
    assert flagging.refit.failure == ""


def test_a_workspace_that_goes_meanwhile_and_comes_back_is_learned_from_again(
    flagging: Flagging, monkeypatch: pytest.MonkeyPatch
):
    def gone(_: object) -> int:
        raise WorkspaceRefused("workspace.json is missing.")

    flagging.after(VERDICTS_PER_REFIT)
    with monkeypatch.context() as patched:
        patched.setattr(Findings, "new_verdicts", property(gone))
        flagging.ended()
    assert "workspace.json is missing" in flagging.refit.failure
    flagging.after(0)
    assert flagging.begun == 2
    flagging.ended()
    assert flagging.refit.failure == ""


def test_a_key_press_waits_for_no_refit(flagging: Flagging):
    for _ in range(200):  # while the first one runs
        flagging.after(1)
    assert flagging.begun == 1
