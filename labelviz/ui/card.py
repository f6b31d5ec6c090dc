"""The card: one sample on the screen with everything known about it, and which one comes next."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from labelviz.core.arrays import Booleans, Floats, Integers, read_only
from labelviz.core.audit import CONTROL_EVERY
from labelviz.core.copies import Copies
from labelviz.core.dataset import MISSING, Dataset
from labelviz.core.decisions import Review
from labelviz.core.distributions import Probabilities
from labelviz.core.evidence import control_order
from labelviz.core.queue import Line, Queue, line, shown
from labelviz.core.statuses import CODES, Statuses
from labelviz.core.suspicion import Suspicion
from labelviz.errors import NotSaved
from labelviz.ui import state

if TYPE_CHECKING:
    from labelviz.workspace import Workspace

BLIND, CONTROLS, LIGHT = "blind", "controls", "light"
"""Keys of the reviewer's switches."""
NOTE, SHARE, TEXTS = "note", "share ", "texts"
"""Names of what a draft holds: the note, a share by class name, and which texts were on screen."""
LEASE_SECONDS = 300.0
"""Who has a sample has it for five minutes, and for longer while they do something on its card."""
CANDIDATES = (20, 2_000)
"""So many samples are asked for at first; if others have all of them, so many more."""
AT_END = "at_end"
WITH_OTHERS = "Others are at the samples that are left in this queue."
DEALT = "The samples that are left in this queue were dealt to others."
DEALT_SECONDS = 5.0
"""So old may be what is said of samples that were dealt."""
OF_DATASET = ("anchor", "trail", "control", "claimed", "operation", "copies", "flags")
"""What a session remembers by row or sample, and means nothing in another dataset."""
NEWS = "news of the flags"
CHANGED = (
    "New flags were made with the reviews so far. In this queue, {gone:,} are no longer flagged "
    "and {come:,} are newly flagged."
)
REORDERED = "New flags were made with the reviews so far. This queue follows their order."
TRAIL = 200
"""So many visited cards are remembered, for Previous."""


@dataclass(frozen=True, eq=False)
class Desk:
    """What a reviewer works on: a workspace, a queue, and where every sample stands."""

    workspace: Workspace
    queue: Queue
    dataset: Dataset
    probabilities: Probabilities | None
    suspicion: Suspicion | None
    review: Review
    statuses: Statuses
    line: Line

    @property
    def waiting(self) -> Booleans:
        """(N,) True where the queue shows a row, as the decisions are."""
        rows = shown(self.queue, self.statuses, self.suspicion, self.workspace.overlap)
        if self.workspace.overlap > 1 and self.queue.show in ("flagged", "unreviewed"):
            rows = rows & ~self.statuses.by(state.reviewer())
        if self.queue.by:
            rows = rows & self.statuses.by(self.queue.by)
        return rows

    @property
    def adjudicating(self) -> bool:
        """Whether decisions settle a sample for everybody: in the queue of disputed ones."""
        return self.queue.show == "disputed"

    @property
    def blind(self) -> bool:
        """Whether the reviewer answers before the evidence is shown."""
        return bool(st.session_state.get(BLIND))

    @property
    def first_time(self) -> bool:
        """Whether this queue shows what is to be decided yet, and not what was decided before."""
        return self.queue.show in ("flagged", "unreviewed")

    def texts_of(self, sample: str) -> str:
        """The hash of a sample's texts."""
        return self.dataset.sample_hash(self.dataset.rows[sample])

    @property
    def left(self) -> int:
        """How many samples wait in this queue for this reviewer."""
        return self.line.left(self.waiting & ~self.dealt_to_others)

    @property
    def left_to_others(self) -> int:
        """How many samples wait in this queue for others, to whom they were dealt."""
        return self.line.left(self.waiting & self.dealt_to_others)

    @property
    def dealt_to_others(self) -> Booleans:
        """(N,) True where a sample was dealt, but not to this reviewer."""
        if not self.first_time:
            return np.zeros(len(self.dataset), dtype=bool)
        key = (str(self.workspace.path), self.dataset.fingerprint)
        return rows_of_others(key, state.reviewer(), self.workspace)


@dataclass(frozen=True, eq=False)
class Card:
    """One sample on the screen.

    Parameters
    ----------
    operation : id of the decision that it may lead to; a double click is one decision.
    target : (K,) its target as things stand.
    hidden : whether the evidence waits for the reviewer's own answer.
    expected : sequence of the decision that a new one would replace, 0 for none.
    bars : (K,) what stood on its bars and was not saved; None where nothing did.
    note : what stood in its note and was not saved, else the note of the decision it would replace.
    held_by : who else works on it; empty where nobody does, and it is held for its reviewer.
    """

    desk: Desk
    row: int
    operation: str
    target: Floats
    hidden: bool
    expected: int = 0
    bars: Floats | None = None
    note: str = ""
    held_by: str = ""

    @property
    def dataset(self) -> Dataset:
        """The dataset."""
        return self.desk.dataset

    @property
    def sample(self) -> str:
        """The sample's id."""
        return str(self.dataset.ids[self.row])

    @property
    def given(self) -> tuple[str, ...]:
        """The given label's class names."""
        return self.dataset.label_names(self.dataset.given, self.row)

    @property
    def suggested(self) -> tuple[str, ...]:
        """The suggested label's class names; the given ones where there is no better."""
        if self.desk.suspicion is None:
            return self.given
        return self.dataset.label_names(self.desk.suspicion.suggested, self.row)

    @property
    def classes_given(self) -> tuple[int, ...]:
        """The given label's class numbers."""
        return tuple(self.dataset.classes.index(name) for name in self.given)


def desk(workspace: Workspace, queue: Queue) -> Desk:
    """What the reviewer works on; the order of the queue is the one that was chosen last."""
    dataset, suspicion = workspace.dataset, workspace.suspicion
    name = workspace.current_probabilities
    probabilities = workspace.probabilities(name) if name else None
    key = (str(workspace.path), dataset.content, queue.order)
    before = st.session_state.get("line", ((None,),))[0]
    if before != key:
        gone = OF_DATASET if before[:2] != key[:2] else ("anchor",)
        for each in gone:
            st.session_state.pop(each, None)
        st.session_state["line"] = (key, _evidence(workspace, queue))
    review, statuses = workspace.reviewed
    ordered = _ordered(workspace, queue)
    now = Desk(workspace, queue, dataset, probabilities, suspicion, review, statuses, ordered)
    _notice_flags(now)
    return now


def _notice_flags(desk: Desk) -> None:
    """Keep in words, to be said once, what flags that were made anew did to the queue."""
    flags = desk.suspicion
    if flags is None:
        return
    known = st.session_state.get("flags")
    st.session_state["flags"] = (flags.fingerprint, flags.flagged)
    if known is None or known[0] == flags.fingerprint:
        return
    before = replace(desk, suspicion=replace(flags, flagged=known[1])).waiting
    gone = desk.line.left(before & ~desk.waiting)
    come = desk.line.left(desk.waiting & ~before)
    if gone or come:
        st.session_state[NEWS] = CHANGED.format(gone=gone, come=come)


def current(desk: Desk) -> Card | str:
    """The card the URL names, else the first of the queue; or why there is none."""
    dataset = desk.dataset
    asked = st.query_params.get("sample")
    if asked is not None and asked not in dataset.rows:
        del st.query_params["sample"]
        return "The link names a sample that is not in this workspace."
    row = dataset.rows[asked] if asked is not None else next_row(desk, None)
    if row is None:
        return st.session_state.pop(AT_END, None) or empty_words(desk.queue)
    if asked is None:
        visit(desk, row)
    return card_of(desk, row)


def card_of(desk: Desk, row: int) -> Card:
    """The card of a row, with what its reviewer had set on it and not saved."""
    sample, reviewer = str(desk.dataset.ids[row]), state.reviewer()
    mine = desk.review.by(reviewer, sample)
    replaced = desk.review.final(sample) if desk.adjudicating else mine
    draft = desk.workspace.store.draft(reviewer, sample)
    if draft is not None and draft.content.get(TEXTS) != desk.dataset.sample_hash(row):
        draft = None  # it was set on other texts
    content = {} if draft is None else draft.content
    return Card(
        desk=desk,
        row=row,
        operation=_operation(sample, None if draft is None else draft.operation),
        target=desk.workspace.target_row(row, desk.review),
        hidden=desk.blind and mine is None,
        expected=0 if replaced is None else replaced.sequence,
        bars=_bars(desk.dataset, content),
        note=str(content.get(NOTE, "" if replaced is None else replaced.note)),
        held_by=_held_by(desk, sample),
    )


def draft_content(dataset: Dataset, bars: Floats | None, note: str) -> dict[str, float | str]:
    """What stands on a card, as a draft keeps it."""
    shares = {} if bars is None else dict(zip(dataset.classes, bars.tolist(), strict=True))
    return {NOTE: note} | {SHARE + name: share for name, share in shares.items()}


def _bars(dataset: Dataset, content: Mapping[str, float | str | bool]) -> Floats | None:
    shares = [content.get(SHARE + name) for name in dataset.classes]
    if any(not isinstance(share, int | float) for share in shares):
        return None
    return np.array(shares, dtype=np.float64)


def empty_words(queue: Queue) -> str:
    """Why there is no card."""
    if queue.show == "flagged":
        return "Every flagged sample in this queue is reviewed. Choose another queue above."
    return "No sample matches this queue. Choose another one above."


def next_row(desk: Desk, current: int | None, *, decided: bool = False) -> int | None:
    """The row that comes after a row; after a decision that is now and then a random control.

    It is held for the reviewer: whatever else is shown was asked for by name. Flags that were
    refitted meanwhile reorder the queue here, between two cards, and nowhere else.
    """
    control = _control(desk, current) if decided else None
    if control is not None:
        return control
    mine, (key, used) = desk.waiting & ~desk.dealt_to_others, st.session_state["line"]
    here = frozenset[int]() if current is None else frozenset({current})
    newest = _evidence(desk.workspace, desk.queue)
    if decided and newest != used:
        st.session_state["line"] = (key, newest)
        if desk.queue.sort == "worst" and newest[1] != used[1]:
            st.session_state.setdefault(NEWS, REORDERED)
        visited = here | set(st.session_state.get("trail", ()))
        found = _first_free(desk, _ordered(desk.workspace, desk.queue).onwards(mine, None, visited))
    else:
        anchor = st.session_state.get("anchor", current)
        found = _first_free(desk, desk.line.onwards(mine, anchor, here))
    if found is None and next(desk.line.onwards(mine, None, here), None) is not None:
        st.session_state[AT_END] = WITH_OTHERS
    elif found is None and desk.left_to_others:
        st.session_state[AT_END] = DEALT
    return found


def _first_free(desk: Desk, rows: Iterator[int]) -> int | None:
    """The first of these rows that nobody else works on; it is held for the reviewer then."""
    for count in CANDIDATES:
        names = [str(desk.dataset.ids[row]) for row in islice(rows, count)]
        free = _claim(desk, names, again=not desk.first_time) if names else None
        if free is not None:
            return desk.dataset.rows[free]
    return None


def _claim(desk: Desk, samples: Sequence[str], *, again: bool) -> str | None:
    """Hold the first free sample; the first of all where nothing can be written at all.

    Then nothing can be decided either, but it can be looked at.
    """
    space, me = desk.workspace, state.reviewer()
    overlap = 1 if desk.adjudicating else space.overlap
    try:
        who, held, _ = st.session_state.get("claimed") or (me, "", 0.0)
        if who != me:  # the visitor has another name now
            space.store.release(who, held)
        free = space.store.claim(
            me, samples, overlap, LEASE_SECONDS, texts=desk.texts_of, again=again, leaves=held
        )
    except NotSaved:
        return samples[0]
    if free is not None:
        st.session_state["claimed"] = (me, free, time.monotonic())
    return free


def _held_by(desk: Desk, sample: str) -> str:
    """Who else works on a sample; where nobody does it is held for this reviewer, and stays so.

    That goes for a card that was asked for by name too, by a link or by going back.
    """
    me = state.reviewer()
    who, held, since = st.session_state.get("claimed") or (me, "", 0.0)
    if (who, held) == (me, sample) and time.monotonic() - since < LEASE_SECONDS / 2:
        return ""
    if _claim(desk, [sample], again=True) is not None:
        return ""
    return ", ".join(name for name in desk.workspace.store.holders(sample) if name != me)


def visit(desk: Desk, row: int) -> None:
    """Put a card on the screen; where one was before is remembered."""
    trail = st.session_state.setdefault("trail", [])
    if not trail or trail[-1] != row:
        trail.append(row)
        del trail[:-TRAIL]
    if not _is_control(desk, row):
        st.session_state["anchor"] = row
    st.session_state.pop("operation", None)
    st.query_params["sample"] = desk.dataset.ids[row]


def previous_row(desk: Desk, current: int) -> int | None:
    """The row that was on the screen before, else the one before it in line."""
    trail = st.session_state.setdefault("trail", [])
    while trail and trail[-1] == current:
        trail.pop()
    if trail:
        return int(trail.pop())
    everything = np.ones(len(desk.dataset), dtype=bool)
    return desk.line.neighbour(everything, current, -1)


def controls_run(queue: Queue) -> bool:
    """Whether a queue mixes in random controls: not where a filter says what to show."""
    wanted = bool(st.session_state.get(CONTROLS, True))
    return wanted and queue.show in ("flagged", "unreviewed") and not queue.narrowed


def _control(desk: Desk, current: int | None) -> int | None:
    """The next random control, after nine cards of this reviewer; it is held for them.

    It is the first of the fixed shuffle that nobody decided, holds, or was dealt instead of them.
    One that somebody else holds is not lost: controls count up to the first undecided one, see
    `labelviz.core.audit`, so that whoever decides which of them first changes nothing.
    """
    if not controls_run(desk.queue) or current is None:
        return None
    decided = int(desk.statuses.by(state.reviewer()).sum())
    if decided % CONTROL_EVERY != CONTROL_EVERY - 1:
        return None
    order = controls(desk.dataset.fingerprint, len(desk.dataset))
    undecided = (desk.statuses.status == CODES["unreviewed"]) & ~desk.dealt_to_others
    row = _first_free(desk, order.onwards(undecided, None, {current}))
    st.session_state["control"] = row
    return row


def _is_control(desk: Desk, row: int) -> bool:
    return st.session_state.get("control") == row and controls_run(desk.queue)


def _operation(sample: str, drafted: str | None) -> str:
    """The id of the decision to come: the draft's, so that a refresh does not decide twice."""
    known = st.session_state.get("operation")
    if known is None or known[0] != sample:
        known = (sample, drafted or uuid.uuid4().hex)
        st.session_state["operation"] = known
    return str(known[1])


@st.cache_resource(max_entries=8)
def controls(fingerprint: str, size: int) -> Line:  # noqa: ARG001 - the key of the cache
    """The random controls of a dataset, in order."""
    return Line(control_order(size), size)


def _evidence(workspace: Workspace, queue: Queue) -> tuple[str | None, ...]:
    """What a line rests on besides the queue: flags, probabilities, the data map or a column of the
    file if asked for.
    """
    name, suspicion = workspace.current_probabilities, workspace.suspicion
    flags = None if suspicion is None else suspicion.fingerprint
    column = workspace.file_version if queue.column else None
    return name, flags, workspace.logged if queue.on_map else None, column


def _ordered(workspace: Workspace, queue: Queue) -> Line:
    return _line(st.session_state["line"], _workspace=workspace, _queue=queue)


def copies_of(desk: Desk) -> Copies:
    """The copies in a dataset, found once for everybody."""
    return _copies(desk.dataset.fingerprint, desk.dataset)


@st.cache_resource(max_entries=4)
def _copies(fingerprint: str, _dataset: Dataset) -> Copies:  # noqa: ARG001 - the key of the cache
    return Copies(_dataset)


@st.cache_resource(max_entries=64, ttl=DEALT_SECONDS)
def rows_of_others(key: object, reviewer: str, _workspace: Workspace) -> Booleans:  # noqa: ARG001
    """(N,) what was dealt to others only; looked up now and then, as people are dealt samples."""
    dataset = _workspace.dataset
    theirs = np.zeros(len(dataset), dtype=bool)
    rows = [dataset.rows.get(sample) for sample in _workspace.store.dealt_to_others(reviewer)]
    theirs[[row for row in rows if row is not None]] = True
    return read_only(theirs)


@st.cache_resource(max_entries=16)
def _line(key: object, _workspace: Workspace, _queue: Queue) -> Line:  # noqa: ARG001
    """A queue's order, made once per version of the dataset and of the flags, for everybody."""
    known = _queue.column in _workspace.column_names if _queue.column else False
    return line(
        _queue,
        _workspace.dataset,
        _workspace.probabilities() if _workspace.current_probabilities else None,
        _workspace.suspicion,
        _workspace.column(_queue.column) if known else None,
        _workspace.data_map if _queue.on_map else None,
    )


def unknown_row(dataset: Dataset) -> Floats:
    """(K,) what the bars show before anybody said anything."""
    k = dataset.n_classes
    return np.zeros(k) if dataset.multilabel else np.full(k, 1 / k)


def label_row(dataset: Dataset, labels: Integers, row: int) -> Floats | None:
    """(K,) all mass on one row's label; None where there is none."""
    if dataset.multilabel:
        cells = labels[row]
        return None if (cells == MISSING).any() else cells.astype(np.float64)
    if labels[row] == MISSING:
        return None
    hard = np.zeros(dataset.n_classes)
    hard[labels[row]] = 1.0
    return hard


def annotator_shares(dataset: Dataset, row: int) -> Floats | None:
    """(K,) the share of the annotators who chose each class; None where none did."""
    rows = [label_row(dataset, labels, row) for labels in dataset.annotators.values()]
    known = [each for each in rows if each is not None]
    return np.mean(known, axis=0) if known else None
