"""What keys and the editor do: save, take back, move on.

Each returns the desk with the sitting as it is afterwards. What is to be saved is on disk before
anything else happens; where it could not be saved nothing has changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from labelviz.core.arrays import Floats
from labelviz.core.bulk import alike
from labelviz.core.dataset import MISSING
from labelviz.core.decisions import Decision, Verdict
from labelviz.core.distributions import labels_of
from labelviz.core.statuses import CODES
from labelviz.errors import LabelvizError, TargetsRefused
from labelviz.reviewing.card import TEXTS, Answer, Card, draft_content
from labelviz.reviewing.dealing import next_row, previous_row
from labelviz.reviewing.desk import Desk
from labelviz.reviewing.sitting import CopiesOnOffer
from labelviz.store import Draft


def decide(card: Card, answer: Answer) -> Desk:
    """Save what was said on a card and move on.

    Raises
    ------
    NotSaved, Conflict, TargetsRefused : it was not saved.
    """
    late = answer.sample != card.sample
    card = _left(card, answer) if late else card
    if answer.operation in card.desk.sitting.spent:
        return card.desk
    decision = _meant(card, answer)
    if decision is None:
        return card.desk
    saved = card.desk.workspace.decide(decision)
    _look_for_refit(card.desk)
    desk = replace(card.desk, sitting=card.desk.sitting.having_decided(answer.operation))
    desk = _with_copies_on_offer(desk, card, saved)
    if late:
        return desk
    try:
        return _moved_on(desk, card)
    except LabelvizError:  # it is saved; whoever draws the next card says what went wrong
        return desk


def keep_draft(card: Card, answer: Answer) -> None:
    """Keep what stands on a card and is not saved, so that a refresh brings it back.

    Raises
    ------
    NotSaved : it was not kept.
    """
    if answer.sample != card.sample:
        return
    bars = card.bars if answer.row is None else answer.row
    content = draft_content(card.dataset, bars, answer.note) | {TEXTS: answer.texts}
    card.desk.workspace.decisions.store.drafts.keep(
        Draft(card.desk.reviewer, card.sample, card.operation, content)
    )


def move(card: Card, sample: str, step: int) -> Desk:
    """To the next sample that waits, or back to the one that was there before.

    Parameters
    ----------
    sample : on the screen when the key was pressed; one that was left meanwhile moves nothing.
    """
    if not sample == card.sample == card.desk.sitting.sample:
        return card.desk
    row, desk = next_row(card.desk, card.row) if step > 0 else previous_row(card.desk, card.row)
    return _gone_to(desk, row)


def take_back(desk: Desk, *, redo: bool) -> Desk:
    """Undo or redo the reviewer's latest decision, and show its sample.

    Raises
    ------
    NotSaved, Conflict : nothing was taken back.
    """
    space, me = desk.workspace, desk.reviewer
    event = space.decisions.redo(me) if redo else space.decisions.undo(me)
    if event is None:
        return desk
    _look_for_refit(desk)
    return show(desk.sitting_as(operation=None), event.sample)


def show(desk: Desk, sample: str) -> Desk:
    """Put a sample on the screen; one that is not in the dataset changes nothing."""
    row = desk.dataset.rows.get(sample)
    return desk if row is None else desk.visiting(row)


def restore(desk: Desk, event: Decision) -> Desk:
    """Decide again what an earlier event says.

    Raises
    ------
    NotSaved, Conflict, TargetsRefused : it was not saved.
    """
    desk.workspace.decisions.restore(desk.reviewer, event)
    _look_for_refit(desk)
    return desk.sitting_as(operation=None)


def decide_together(desk: Desk, decisions: Sequence[Decision]) -> tuple[Decision, ...]:
    """Save several decisions in one step.

    Raises
    ------
    NotSaved, Conflict, TargetsRefused : none of them was saved.
    """
    saved = desk.workspace.decisions.decide_all(decisions)
    _look_for_refit(desk)
    return saved


def decide_copies(desk: Desk, operation: str) -> Desk:
    """Decide the copies on offer as their sample was decided, in one step; move on if one is shown.

    Those that were decided meanwhile stay as they are.

    Parameters
    ----------
    operation : of the decision whose copies were offered; others were offered since where it is
        not the latest, and nothing is done.

    Raises
    ------
    NotSaved, Conflict, TargetsRefused : none of them was saved.
    """
    offered, shown = desk.sitting.copies, desk.dataset.rows.get(desk.sitting.sample)
    if offered is None or offered.decision.operation != operation:
        return desk
    undecided = desk.again().statuses.status == CODES["unreviewed"]
    rows = [row for row in offered.rows if undecided[row]]
    decide_together(desk, alike(offered.decision, rows, desk.dataset))
    desk = leave_copies(desk)
    if shown not in offered.rows:
        return desk
    row, desk = next_row(desk.again(), shown, decided=True)
    return _gone_to(desk, row)


def leave_copies(desk: Desk) -> Desk:
    """Leave the copies on offer to be decided one by one."""
    return desk.sitting_as(copies=None)


def _meant(card: Card, answer: Answer) -> Decision | None:
    """The decision that an answer means; None where it means nothing on a blind card.

    Raises
    ------
    TargetsRefused : nothing was said.
    """
    if answer.verdict is not None:
        named = {"keep": card.given, "accept": card.suggested}
        if card.hidden and answer.verdict in named:
            return None
        return _decision(card, answer, answer.verdict, label=named.get(answer.verdict))
    if answer.chosen is not None:
        return _decision(card, answer, "choose", label=(card.dataset.classes[answer.chosen],))
    if answer.row is None:
        raise TargetsRefused(
            "Nothing was set on the bars, so nothing was saved.",
            where=f"sample {card.sample!r}",
            safe="Earlier decisions are safe.",
            remedy="Choose a class, or set the bars and save them.",
        )
    label = _plain_labels(card, answer.row)
    if label is not None:
        return _decision(card, answer, "choose", label=label)
    target = dict(zip(card.dataset.classes, answer.row.tolist(), strict=True))
    return _decision(card, answer, "soften", target=target)


def _decision(
    card: Card,
    answer: Answer,
    verdict: Verdict,
    label: tuple[str, ...] | None = None,
    target: Mapping[str, float] | None = None,
) -> Decision:
    return Decision(
        operation=answer.operation,
        sample=card.sample,
        sample_hash=answer.texts,
        verdict=verdict,
        reviewer=card.desk.reviewer,
        label=label,
        target=target,
        note=answer.note,
        blind=card.hidden,
        final=card.desk.settles(card.sample),
        expected=card.expected,
    )


def _plain_labels(card: Card, row: Floats) -> tuple[str, ...] | None:
    """The labels that a multi-label row stands for: cells are plain, or as the policy has them."""
    dataset = card.dataset
    if not dataset.multilabel:
        return None
    label = dataset.label_names(labels_of(row, multilabel=True)[None], 0)
    cells: list[Floats] = [np.round(row)]
    if not card.hidden and (dataset.given[card.row] != MISSING).all():
        making = card.desk.workspace.goals.on_cards()
        doubt = making.policy.people.number("doubt")
        cells += [making.label(card.row, label, each) for each in (doubt, 1.0)]
    alike = [np.isclose(row, each, rtol=0, atol=1e-9) for each in cells]
    return label if np.any(alike, axis=0).all() else None


def _left(card: Card, answer: Answer) -> Card:
    """The card that a late answer belongs to, left meanwhile."""
    row = card.dataset.rows[answer.sample]
    review = card.desk.workspace.review
    earlier = review.by(card.desk.reviewer, answer.sample)
    target = card.desk.workspace.goals.target_row(row, review)
    expected = 0 if earlier is None else earlier.sequence
    return Card(card.desk, row, answer.operation, target, hidden=False, expected=expected)


def _look_for_refit(desk: Desk) -> None:
    desk.shared.refit.look(desk.workspace)


def _with_copies_on_offer(desk: Desk, card: Card, saved: Decision) -> Desk:
    """The desk with the undecided copies of a sample, to be asked about."""
    undecided = card.desk.statuses.status == CODES["unreviewed"]
    copies = desk.shared.copies(desk.dataset).of(card.row)
    rows = tuple(int(row) for row in copies if undecided[row])
    if not rows or saved.verdict == "flag":
        return desk.sitting_as(copies=None)
    return desk.sitting_as(copies=CopiesOnOffer(saved, rows))


def _moved_on(desk: Desk, card: Card) -> Desk:
    """The desk at the next card; after a blind answer the card stays, and shows the evidence."""
    desk = desk.sitting_as(sample=card.sample)
    if card.hidden and desk.sitting.blind:
        return desk
    row, desk = next_row(desk.again(), card.row, decided=True)
    return _gone_to(desk, row)


def _gone_to(desk: Desk, row: int | None) -> Desk:
    if row is not None:
        return desk.visiting(row)
    return desk.sitting_as(end=desk.sitting.end or "last")
