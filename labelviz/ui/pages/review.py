"""Review: is this label right, and how sure am I?"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import numpy as np
import streamlit as st

from labelviz.core.arrays import Floats
from labelviz.core.audit import on_flags, seconds_per_decision
from labelviz.core.decisions import Decision, Review, fits, is_about
from labelviz.core.draws import FEWEST_DRAWN
from labelviz.core.queue import Queue
from labelviz.layers.taking import take_off
from labelviz.project.workspace import Workspace
from labelviz.reviewing import Card, CardMissing, Desk
from labelviz.reviewing.card import annotator_shares, label_row, unknown_row
from labelviz.reviewing.dealing import STAY_SECONDS
from labelviz.reviewing.sitting import FlagNews, QueueEnd
from labelviz.ui import identity, rights, sitting
from labelviz.ui.components import (
    answer,
    bulk,
    checked,
    editor,
    evidence,
    header,
    history,
    literal,
    message,
    next_things,
    notice,
    progress,
    queue_bar,
    table_view,
    texts,
)
from labelviz.ui.components.queue_bar import CONTROLS_WORDS
from labelviz.ui.components.random_samples import range_in_words
from labelviz.ui.sitting import LIGHT

SMOOTHED = 0.1
ADJUDICATING = "What you decide here settles it for everybody."
NOT_SETTLING = "What you decide here is your own answer: an adjudicator settles it."
PARTY = "You decided on this one yourself: another adjudicator settles it."
TAKEN = "This card is with {who} now."
SEEN = "{who} has this card open too. It is yours."
SETTLED = "Settled as “{label}” by {name}; yours is kept and does not count."
SETTLED_OTHERWISE = "Settled by {name}: {words}; yours is kept and does not count."
OTHER_TEXTS = "It is kept and does not count: this sample has other texts now."
OTHER_CLASSES = "It is kept and does not count: this dataset has not all of its classes."
NO_SUCH_SAMPLE = "The link names a sample that is not in this workspace."
NO_MATCH = "No sample matches this queue. Choose another one above."
ALL_REVIEWED = "Every flagged sample in this queue is reviewed. Choose another queue above."
ENDS: dict[QueueEnd, str] = {
    "last": "That was the last sample of this queue.",
    "with others": "Others are at the samples that are left in this queue.",
    "dealt": "The samples that are left in this queue were dealt to others.",
}
CHANGED = (
    "New flags were made with the reviews so far. In this queue, {gone:,} are no longer flagged "
    "and {come:,} are newly flagged."
)
REORDERED = "New flags were made with the reviews so far. This queue follows their order."
RECENT = 10
TIMED = 50
LONGEST_RECENT = 18
LOOKING_KEYS = ("← K", "J →", "S", "Y", "H")
LEGEND = (
    ("Q", "keep"), ("W", "accept"), ("0, 1, 2 …", "choose"), ("↑ ↓", "pick a bar"),
    ("Alt+1–9", "tenths"), ("Enter", "save bars"), ("E", "exclude"), ("N", "unsure"),
    ("F", "discuss"), ("Z", "undo"), ("Shift+Z", "redo"), ("← K", "previous"), ("J →", "next"),
    ("S", "similar"), ("Y", "history"), ("H", "help"),
)  # fmt: skip


def render() -> None:
    """Draw the page."""
    workspace = notice.loaded_workspace()
    if workspace is None:
        return
    if not identity.is_named():
        header.ask_name()
        return
    queue = Queue.from_query(st.query_params)
    if workspace.suspicion is None and queue.show == "flagged":
        queue = replace(queue, show="unreviewed")
    if workspace.findings.refused is not None:
        busy = progress.show(workspace.path, ("predict", "flag"))
        checked.find(checked.REFUSED, workspace, busy=busy)
    notice.behind(workspace)
    queue_bar.show(workspace, queue)
    if queue_bar.TABLE in st.query_params:
        table_view.show(sitting.desk(workspace, queue))
        return
    _card(workspace, queue)
    may = rights.may("decide")
    known = [each for each in LEGEND if may or each[0] in LOOKING_KEYS]
    keys = "".join(f"<span><kbd>{key}</kbd> {words}</span>" for key, words in known)
    literal.block(f'<div class="lv-legend">{keys}</div>')


@st.fragment(key="card")
@message.shows_errors
def _card(workspace: Workspace, queue: Queue) -> None:
    desk = sitting.desk(workspace, queue)
    card = sitting.card(desk)
    if not isinstance(card, Card):
        _empty(desk, card)
        return
    failure = sitting.failure()
    if failure is not None:
        message.show(failure)
    literal.block(_status(card))
    if desk.sitting.end is not None:
        next_things.show(desk)
    _company(card)
    left, right = st.columns([21, 10], gap="medium")
    with left:
        _copies(card)
        sample = tuple(text[card.row] for text in card.dataset.texts)
        shown = texts.markup(sample, light=bool(st.session_state.get(LIGHT, True)))
        facts = evidence.markup(card, desk.workspace.data.columns.label or "file")
        literal.block(f'<div class="lv-sample"><div>{shown}</div><div>{facts}</div></div>')
    with right:
        if desk.member.may("decide"):
            answer.show(_sheet(card), card.dataset, _acts(card))
        else:
            _look_on(card)


def _look_on(card: Card) -> None:
    """What stands in the place of the answer for who decides nothing: the way to other cards."""
    notice.quiet(rights.LOOKING)
    with st.container(horizontal=True, gap="small"):
        for words, key, step in (("Previous", "K", -1), ("Next", "J", 1)):
            st.button(
                words, key=f"look {words}", shortcut=key, on_click=sitting.move,
                args=(card, card.sample, step),
            )  # fmt: skip


@st.fragment(key="company", run_every=STAY_SECONDS)
@message.shows_errors
def _company(card: Card) -> None:
    """Keep the card for whoever has it open, and tell who else is at it."""
    found = sitting.stay(card)
    words = TAKEN.format(who=found.held_by) if found.held_by else ""
    words = words or (SEEN.format(who=found.seen_by) if found.seen_by else "")
    literal.block(f'<div role="status"><strong>{literal.escaped(words)}</strong></div>')


def _empty(desk: Desk, why: CardMissing) -> None:
    """Say why there is no card; what emptied the queue can be taken back here too."""
    done = st.session_state.pop(bulk.DONE, None)
    if done:
        st.success(done)
    if desk.sitting.news is not None:
        st.info(_news(desk.sitting.news))
        sitting.told(desk)
    st.info(_missing(desk, why))
    if desk.undoable is not None:
        undone = {"redo": False}
        st.button("Undo", shortcut="Z", on_click=sitting.take_back, args=(desk,), kwargs=undone)
    next_things.show(desk)


def _missing(desk: Desk, why: CardMissing) -> str:
    if why == "no such sample":
        return NO_SUCH_SAMPLE
    if why == "no match":
        return ALL_REVIEWED if desk.queue.show == "flagged" else NO_MATCH
    return ENDS[why]


def _news(news: FlagNews) -> str:
    return REORDERED if news.reordered else CHANGED.format(gone=news.gone, come=news.come)


# What stands above the card


def _status(card: Card) -> str:
    desk = card.desk
    why = f' title="{literal.escaped(CONTROLS_WORDS)}"' if desk.has_controls else ""
    said = [] if card.hidden else desk.review.decisions(card.sample)
    parts = [
        f"<strong>{literal.escaped(card.sample)}</strong>",
        f"<span>{history.status_of_all(desk.review, card.row)}</span>",
        *(
            f"<span>{literal.escaped(f'{each.reviewer}: {history.words(each, card.given)}')}</span>"
            for each in said
        ),
        '<span style="flex:1"></span>',
        *(
            f'<span class="lv-quiet"{why}>{literal.escaped(each)}</span>'
            for each in _progress(desk)
        ),
    ]
    settles = desk.settles(card.sample)
    final = None if card.hidden else desk.review.final(card.sample)
    if words := _who_settles(card, settles=settles):
        parts.append(f"<strong>{literal.escaped(words)}</strong>")
    if final is not None and not settles:
        parts.append(f"<strong>{literal.escaped(_settled(final))}</strong>")
    end, news = desk.sitting.end, desk.sitting.news
    for told in (end and ENDS[end], st.session_state.pop(bulk.DONE, None)):
        if told:
            parts.append(f"<strong>{literal.escaped(told)}</strong>")
    if news is not None:
        parts.append(f"<span>{literal.escaped(_news(news))}</span>")
    if news is not None:
        sitting.told(desk)
    saved = desk.review.last_event(desk.reviewer)
    if saved is not None:
        at = datetime.fromisoformat(saved.decided_at).astimezone()
        parts.append(
            f"<span><strong>Saved at {at:%H:%M:%S}</strong> {literal.escaped(saved.sample)}</span>"
        )
        idle = _why_it_does_not_count(desk.review, _brought_back(desk.review, saved))
        if idle and (saved.sample != card.sample or final is None):
            parts.append(f"<strong>{literal.escaped(idle)}</strong>")
    return f'<div class="lv-status" role="status">{"".join(parts)}</div>'


def _who_settles(card: Card, *, settles: bool) -> str:
    """What a decision does in the queue of what is to be settled; empty elsewhere."""
    desk = card.desk
    if settles:
        return ADJUDICATING
    waits = desk.queue.show == "disputed" and desk.review.status(card.row) == "disputed"
    if not waits or not desk.member.may("decide"):
        return ""
    return PARTY if desk.adjudicating else NOT_SETTLING


def _brought_back(review: Review, saved: Decision) -> Decision:
    """What stands of a sample after an undo or a redo by its reviewer; else what was saved."""
    stands = review.undoable(saved.reviewer)
    again = saved.verdict == "undo" and stands is not None and stands.sample == saved.sample
    return stands if again and stands is not None else saved


def _why_it_does_not_count(review: Review, saved: Decision) -> str:
    """What keeps a decision that was saved from counting, in words; empty where it counts."""
    final = review.final(saved.sample)
    if saved.verdict == "undo" or review.counts(saved):
        return ""
    if final is not None:
        return _settled(final)
    if not is_about(saved, review.dataset):
        return OTHER_TEXTS
    return "" if fits(saved, review.dataset) else OTHER_CLASSES


def _settled(final: Decision) -> str:
    """What was settled for everybody, and what that makes of anybody else's answer."""
    if final.label is not None:
        return SETTLED.format(label=history.names(final.label), name=final.reviewer)
    return SETTLED_OTHERWISE.format(name=final.reviewer, words=history.words(final, ()))


def _progress(desk: Desk) -> list[str]:
    """How many are left, what reviewing gave so far, and how long one takes."""
    others = desk.left_to_others
    said = [f"{desk.left:,} left in this queue"]
    if others:
        said = [f"{desk.left:,} left for you, {others:,} dealt to others"]
    flags = on_flags(desk.statuses, desk.suspicion)
    if flags.of:
        said.append(f"{flags.wrong} of {flags.of} flags were wrong labels")
    drawn = desk.workspace.decisions.drawn
    if drawn.drawn >= FEWEST_DRAWN:
        said.append(f"wrong labels left: {range_in_words(*drawn.left)}")
    recent = desk.review.recent(desk.reviewer, TIMED)
    seconds = seconds_per_decision(each.decided_at for each in reversed(recent))
    if seconds is not None:
        said.append(f"{seconds:.0f} s each" if seconds >= 1 else "under 1 s each")
    return said


# What a reviewer says


def _sheet(card: Card) -> answer.Sheet:
    review, reviewer = card.desk.review, card.desk.reviewer
    return answer.Sheet(
        sample=card.sample,
        operation=card.operation,
        texts=card.dataset.sample_hash(card.row),
        bars=_bars(card),
        choices=_choices(card),
        note=card.note,
        undo=review.undoable(reviewer) is not None,
        redo=review.redoable(reviewer) is not None,
        recent=tuple(_recent(card, each) for each in review.recent(reviewer, RECENT)),
    )


def _acts(card: Card) -> answer.Acts:
    return answer.Acts(
        decide=lambda said: sitting.decide(card, said),
        draft=lambda said: sitting.keep_draft(card, said),
        move=lambda sample, step: sitting.move(card, sample, step),
        take_back=lambda redo: sitting.take_back(card.desk, redo=redo),
        revisit=lambda sample: sitting.show(card.desk, sample),
        refuse=sitting.fail,
    )


def _choices(card: Card) -> tuple[answer.Offer, ...]:
    keep, accept = "Keep", "Accept"
    if not card.dataset.multilabel and not card.hidden:
        keep = f"Keep “{history.names(card.given)}”"
    known = bool(card.dataset.labelled[card.row]) and not card.hidden
    better = card.suggested != card.given and not card.hidden
    if better and not card.dataset.multilabel:
        accept = f"Accept “{history.names(card.suggested)}”"
    first = better and (card.flagged or not known)
    return (
        answer.Offer("keep", keep, "Q", primary=known and not first, enabled=known),
        answer.Offer("accept", accept, "W", primary=first, enabled=better),
        answer.Offer("exclude", "Exclude", "E"),
        answer.Offer("unsure", "Unsure", "N"),
        answer.Offer("flag", "Discuss", "F"),
    )


def _bars(card: Card) -> editor.Bars:
    dataset, probabilities = card.dataset, card.desk.probabilities
    hidden = card.hidden
    start = unknown_row(dataset) if hidden else np.nan_to_num(card.target)
    model = 0 if probabilities is None else probabilities.values[card.row]
    weight = start if hidden else card.target + model
    return editor.Bars(
        row=start if card.bars is None else card.bars,
        unsaved=card.bars is not None,
        given=() if hidden else card.classes_given,
        starts={} if hidden else _starts(card),
        likely=tuple(map(int, np.argsort(-weight, kind="stable"))),
    )


def _starts(card: Card) -> dict[str, Floats]:
    """Rows that a press puts on the bars."""
    dataset, desk, row = card.dataset, card.desk, card.row
    given = label_row(dataset, dataset.given, row)
    suggested = (
        None if desk.suspicion is None else label_row(dataset, desk.suspicion.suggested, row)
    )
    votes = dataset.vote_shares
    found = {
        "As given": given,
        "Smoothed": None if given is None else _smoothed(given, dataset.multilabel),
        "Model": None if desk.probabilities is None else desk.probabilities.values[row],
        "Votes": annotator_shares(dataset, row) if votes is None else votes[row],
        "Suggested": suggested if card.suggested != card.given else None,
        "No class": np.zeros(dataset.n_classes) if dataset.multilabel else None,
    }
    return {
        words: each
        for words, each in found.items()
        if each is not None and not np.isnan(each).any()
    }


def _smoothed(given: Floats, multilabel: bool) -> Floats:
    return np.asarray(take_off(given[None], np.array([SMOOTHED]), multilabel=multilabel)[0])


# What was decided


def _copies(card: Card) -> None:
    """Offer to decide the copies of the sample that was decided last.

    It stands above the texts, where its going moves no button under the hand that pressed it.
    """
    offered = card.desk.sitting.copies
    if offered is None:
        return
    decision = offered.decision
    more, said = len(offered.rows), history.words(decision, _given(card, decision.sample))
    words = f"{more} more with the texts of {decision.sample}, {said}"
    acted = (card.desk,)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="copies"):
        literal.plain(words)
        st.button(
            "Decide alike", key="alike", on_click=sitting.decide_copies,
            args=(*acted, decision.operation),
        )  # fmt: skip
        st.button(
            "Leave them", key="leave", type="tertiary", on_click=sitting.leave_copies, args=acted
        )


def _recent(card: Card, decision: Decision) -> answer.Recent:
    name = decision.sample
    short = name if len(name) <= LONGEST_RECENT else f"{name[: LONGEST_RECENT - 1]}…"
    return answer.Recent(name, short, history.status_of_one(decision, _given(card, name)))


def _given(card: Card, name: str) -> tuple[str, ...]:
    """The given label of a sample that was decided; none of one that is gone."""
    row = card.dataset.rows.get(name)
    return () if row is None else card.dataset.label_names(card.dataset.given, row)
