"""How often the ranges that pages show hold the truth: simulated reviews, and reviews of the sets.

A review is looked at after every tenth card, as people do. A range counts as missed where the truth
lies outside of it at that look; a review as missed where any look at all labels missed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from labelviz.core import draws as drawing
from labelviz.core.arrays import Booleans, Floats, Integers
from labelviz.core.draws import FEWEST_DRAWN, Draws
from labelviz.core.rates import FEWEST_IN_PART

# Cards between two looks, between two random cards, and between two refits.
LOOK, CONTROL, LEARN = 10, 10, 25
SIZE, CLUMPS = 2_000, 20


@dataclass
class Kept:
    """What was held and missed of one kind of range.

    Parameters
    ----------
    held, looks : at how many looks a range was shown, and how often it held the truth.
    widths : of the ranges, as shares.
    whole, reviews : how many reviews there were, and in how many no look missed.
    """

    held: int = 0
    looks: int = 0
    widths: list[float] = field(default_factory=list)
    whole: int = 0
    reviews: int = 0


@dataclass(frozen=True, eq=False)
class World:
    """What is reviewed.

    Parameters
    ----------
    wrong : (N,) which labels are wrong. parts : (N,) the part each sample is in.
    rank : the suspicion (N,) from what was decided, (N,) 0 where nothing was.
    """

    wrong: Booleans
    parts: Integers
    rank: Callable[[Integers], Floats]


def simulated(seed: int, rate: float, strength: float) -> World:
    """Errors in clumps, and a model that tells them apart by so many standard deviations."""
    rng = np.random.default_rng(seed)
    clump = rng.integers(0, CLUMPS, SIZE)
    share = rng.gamma(0.3, 1.0, CLUMPS)
    wrong = rng.random(SIZE) < np.clip(share[clump] / share[clump].mean() * rate, 0, 0.95)
    doubt = rng.normal(size=SIZE) + strength * wrong

    def rank(decided: Integers) -> Floats:
        known = decided > 0
        found = np.bincount(clump[known & wrong], minlength=CLUMPS)
        seen = np.bincount(clump[known], minlength=CLUMPS)
        return np.asarray(doubt + 4 * ((found + 0.5) / (seen + 5))[clump])

    return World(wrong, clump % 5, rank)


def review(world: World, seed: int, people: int, cards: int) -> Iterator[tuple[Integers, Integers]]:
    """The shuffle, and when each sample was decided, after every tenth card.

    Whoever is due for a random card gets the first of the shuffle that nobody decided or holds.
    """
    rng = np.random.default_rng([seed, people])
    size = len(world.wrong)
    order = rng.permutation(size).astype(np.int32)
    decided, score = np.zeros(size, dtype=np.int64), world.rank(np.zeros(size, dtype=np.int64))
    held, count, at = [-1] * people, [0] * people, 0
    while at < min(cards, size - people):
        who = int(rng.integers(people))
        if held[who] >= 0:
            at += 1
            decided[held[who]], held[who] = at, -1
            count[who] += 1
            if at % LEARN == 0:
                score = world.rank(decided)
            if at % LOOK == 0:
                yield order, decided.copy()
        free = decided == 0
        free[[row for row in held if row >= 0]] = False
        if count[who] % CONTROL == CONTROL - 1:
            held[who] = int(order[free[order]][0])
        else:
            held[who] = int(np.where(free, score, -np.inf).argmax())


def watch(world: World, seed: int, people: int, cards: int, kept: dict[str, Kept]) -> None:
    """Look at a review as it goes on, and note what each range held."""
    missed = False
    every = np.ones(len(world.wrong), dtype=bool)
    parts = [world.parts == part for part in np.unique(world.parts)]
    for order, decided in review(world, seed, people, cards):
        with _shuffled(order):
            draws = Draws(decided, np.where(decided > 0, world.wrong, -1))
            if len(draws.rows) < FEWEST_DRAWN:
                continue
            missed |= not _note(kept["all labels"], draws, every, world.wrong)
            for inside in parts:
                if inside[draws.rows].sum() >= FEWEST_IN_PART:
                    _note(kept["a class or slice"], draws, inside, world.wrong)
    kept["all labels"].reviews += 1
    kept["all labels"].whole += not missed


def _note(kept: Kept, draws: Draws, inside: Booleans, wrong: Booleans) -> bool:
    found = draws.within(inside)
    holds = found.low <= int((wrong & inside).sum()) <= found.high
    kept.looks += 1
    kept.held += holds
    kept.widths.append((found.high - found.low) / max(found.total, 1))
    return holds


class _shuffled:  # noqa: N801 - reads as a word
    """Draws from another shuffle than the one of the program, which is fixed."""

    def __init__(self, order: Integers) -> None:
        self.order = order

    def __enter__(self) -> None:
        self.kept = drawing.control_order, drawing.controls
        drawing.control_order = lambda _: self.order
        drawing.controls = self._start

    def __exit__(self, *_: object) -> None:
        drawing.control_order, drawing.controls = self.kept

    def _start(self, decided: Booleans) -> Booleans:
        waiting = np.flatnonzero(~decided[self.order])
        drawn = np.zeros(len(decided), dtype=bool)
        drawn[self.order[: waiting[0] if len(waiting) else len(decided)]] = True
        return drawn


def simulations(reviews: int) -> list[list[str]]:
    """Coverage of simulated reviews, a row for each kind of world and range."""
    rows = []
    for name, rate, strength in (
        ("weak model", 0.10, 0.5), ("strong model", 0.10, 2.5), ("rare errors", 0.02, 1.5),
    ):  # fmt: skip
        for people in (1, 2):
            kept = {"all labels": Kept(), "a class or slice": Kept()}
            for seed in range(reviews):
                watch(simulated(seed, rate, strength), seed, people, 600, kept)
            rows += [told(f"simulated, {name}, {people} reviewing", *each) for each in kept.items()]
    return rows


def of_set(name: str, wrong: Booleans, parts: Integers, score: Floats, reviews: int) -> Any:
    """Coverage of reviews of one set, whose queue stands still: rows for both kinds of range."""
    world = World(wrong, parts, lambda _: score)
    kept = {"all labels": Kept(), "a class or slice": Kept()}
    for seed in range(reviews):
        watch(replace(world), seed, 1, 400, kept)
    return [told(name, *each) for each in kept.items()]


def told(name: str, kind: str, kept: Kept) -> list[str]:
    """A row of the table."""
    if not kept.looks:
        return [name, kind, "", "", ""]
    whole = f"{kept.whole / kept.reviews:.1%}" if kept.reviews else ""
    width = f"{np.median(kept.widths):.1%}"
    return [name, kind, f"{kept.held / kept.looks:.1%}", whole, width]


HEADER: Sequence[str] = ("review", "range of", "held at a look", "held at every look", "width")
