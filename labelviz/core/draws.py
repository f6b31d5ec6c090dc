"""Draws: how many labels are wrong, from samples that were drawn at random among others.

People look after every card, the queue learns from the draws themselves, and most cards are not
random at all. The interval here holds at every card and under any queue: it is a running likelihood
ratio, a martingale at the true number (Ville 1939; as a confidence sequence: Waudby-Smith & Ramdas
2020, arXiv:2006.04347, whose prior-posterior ratio it is where all cards are random).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from labelviz.core.arrays import Booleans, Floats, Integers, read_only
from labelviz.core.evidence import control_order, controls
from labelviz.core.statuses import CODES, Statuses

ALPHA: Final = 0.05  # how often an interval may miss the truth at any moment of a review
# What is bet on before the first draw, one wrong in ten; it makes intervals wide or narrow, and
# never false.
GUESS: Final = (1.0, 9.0)
# Draws that a draw looks back beyond, since two people may decide theirs in another order.
LAG: Final = 2
NEVER: Final = 0
FEWEST_DRAWN: Final = 30  # random samples below which nothing is said of how many labels are wrong


@dataclass(frozen=True, eq=False)
class Draws:
    """The samples that were drawn at random in a review, and what was known before each.

    They are the start of one fixed shuffle, up to the first sample that nobody decided. What was
    decided before the shuffle came to it is known, and no draw. What decided it later, a random
    card or the most suspicious one, makes no difference: among the samples that nobody had decided
    when the shuffle came to it, it was a random one. Where somebody works on the next one, or was
    dealt it, another person is shown the one after it; that one counts when all before it are
    decided, so that nobody's choice of what to leave has a say in what counts.

    Parameters
    ----------
    decided : (N,) when each sample was first decided, rising from 1; 0 where nobody decided.
    wrong : (N,) 1 where the label was found wrong, 0 where right, -1 where nobody can say.
    """

    decided: Integers
    wrong: Integers

    @classmethod
    def of(cls, statuses: Statuses, decided: Integers) -> Draws:
        """The draws among what stands.

        Parameters
        ----------
        decided : (N,) when each sample was first decided, of those that were.
        """
        stands = statuses.status != CODES["unreviewed"]
        return cls(np.where(stands, decided, NEVER), statuses.wrong)

    @cached_property
    def rows(self) -> Integers:
        """(T,) rows that were drawn, in order."""
        return read_only(self._drawn[0], np.int64)

    @cached_property
    def moments(self) -> Integers:
        """(T,) for each draw, the moment by which all that was decided is known before it."""
        return read_only(self._drawn[1], np.int64)

    @cached_property
    def _drawn(self) -> tuple[Integers, Integers]:
        end = int(controls(self.decided != NEVER).sum())
        order = control_order(len(self.decided))[:end]
        when = self.decided[order].astype(np.int64)
        before = np.concatenate([np.zeros(LAG + 1, np.int64), np.maximum.accumulate(when)])[:end]
        drawn = when > before
        return order[drawn], before[drawn]

    def within(self, inside: Booleans) -> Counted:
        """How many labels are wrong among some samples.

        Parameters
        ----------
        inside : (N,) True for these samples; must not depend on any verdict.
        """
        mine = inside[self.rows]
        rows, moments = self.rows[mine], self.moments[mine]
        found = self.wrong[rows]
        settled = inside & (self.decided != NEVER)
        low, _ = self._bounds(settled, rows, moments, unknown=0, total=int(inside.sum()))
        _, high = self._bounds(settled, rows, moments, unknown=1, total=int(inside.sum()))
        return Counted(
            drawn=len(rows),
            wrong=int((found == 1).sum()),
            total=int(inside.sum()),
            known=int((settled & (self.wrong == 1)).sum()),
            waiting=int(inside.sum() - settled.sum()),
            low=min(low, high),
            high=max(low, high),
        )

    def weights(self, inside: Booleans) -> Floats:
        """(N,) how many of some samples each decided one stands for; they sum to their number.

        Just before a draw, each known sample stands for itself, and the one that is drawn for all
        that wait. A weighted mean is true of all of them on average, whatever chose the known ones,
        and so is the mean over the draws, whatever is refitted or reviewed between them: the same
        argument as for `within`. 0 of all where nothing was drawn.

        Parameters
        ----------
        inside : (N,) True for these samples; must not depend on any verdict.
        """
        mine = inside[self.rows]
        rows, moments = self.rows[mine], self.moments[mine]
        count, place = len(rows), np.arange(len(rows))
        weights = np.zeros(len(inside))
        if not count:
            return weights
        since = np.searchsorted(moments, self.decided, side="left")  # the first draw that knows it
        since[rows] = place + 1
        settled = inside & (self.decided != NEVER)
        weights[settled] = count - since[settled]
        known = np.searchsorted(np.sort(since[settled]), place, side="right")
        weights[rows] += int(inside.sum()) - known
        return weights / count

    def counts(self, inside: Booleans) -> Floats:
        """(N,) how much each decided sample tells about some samples, from 0 to 1.

        `weights` on a scale on which the one that stands for most counts as one review: what was
        decided because it looked wrong makes no label look worse, and no review counts twice. 0 of
        all where fewer than 30 were drawn.

        Parameters
        ----------
        inside : as for `weights`.
        """
        weights = self.weights(inside)
        if int(inside[self.rows].sum()) < FEWEST_DRAWN:
            return np.zeros_like(weights)
        return np.asarray(weights / weights.max())

    def _bounds(
        self, settled: Booleans, rows: Integers, moments: Integers, *, unknown: int, total: int
    ) -> tuple[int, int]:
        """The least and greatest number of wrong labels, what nobody can say counted as `unknown`.

        Counting it as right is true to the lower bound, as wrong to the upper one.
        """
        says = np.where(self.wrong < 0, unknown, self.wrong)
        when = np.sort(self.decided[settled])
        order = np.argsort(self.decided[settled], kind="stable")
        bad = np.concatenate([[0], np.cumsum(says[settled][order])])
        place = np.searchsorted(when, moments, side="right")
        known, left = bad[place], total - place
        hit = says[rows]
        for back in range(1, LAG + 1):  # draws that were decided since the moment, which came first
            late = np.zeros(len(rows), dtype=bool)
            late[back:] = self.decided[rows[:-back]] > moments[back:]
            known = known + np.where(late, np.roll(hit, back), 0)
            left = left - late
        return _bounds(hit, known, left, (int(bad[-1]), total - len(when)))


@dataclass(frozen=True)
class Counted:
    """How many labels are wrong among some samples.

    Parameters
    ----------
    drawn, wrong : how many of them were drawn at random, and how many of these were found wrong.
    total : how many they are. known : wrong ones found so far, however they were found.
    waiting : how many nobody decided.
    low, high : the wrong ones in all, at least and at most: with 95 % confidence at every moment of
        a review, whatever decides when somebody looks or stops.
    """

    drawn: int
    wrong: int
    total: int
    known: int
    waiting: int
    low: int
    high: int

    @property
    def shares(self) -> tuple[float, float]:
        """Both bounds as shares of the total; 0 and 1 of nothing."""
        return (self.low / self.total, self.high / self.total) if self.total else (0.0, 1.0)

    @property
    def left(self) -> tuple[int, int]:
        """The wrong labels among those that wait, at least and at most."""
        return max(self.low - self.known, 0), min(self.high - self.known, self.waiting)


def _bounds(
    hit: Integers, known: Integers, left: Integers, now: tuple[int, int]
) -> tuple[int, int]:
    """The numbers M whose likelihood ratio stays below 1 / ALPHA, at least and at most.

    With K wrong ones known and R samples left before a draw, it is wrong with the probability
    q = (M - K) / R if M are wrong in all, and was bet on with theta. The log ratio is the sum of
    log(theta / q) over wrong draws and log((1 - theta) / (1 - q)) over right ones, convex in M.

    Parameters
    ----------
    hit : (T,) 1 where a draw was wrong. known, left : (T,) K and R before it.
    now : K and R after all decisions, which M lies between.
    """
    first, last = now[0], now[0] + now[1]
    if not len(hit):
        return first, last
    a, b = GUESS
    theta = (a + np.cumsum(hit) - hit) / (a + b + np.arange(len(hit)))
    bet = float(np.where(hit == 1, np.log(theta), np.log1p(-theta)).sum())
    first = max(first, int((known + hit).max()))
    last = min(last, int((known + left - (1 - hit)).min()))

    def ratio(m: int) -> float:
        q = (m - known) / left
        chosen: Floats = np.where(hit == 1, q, 1 - q)
        return bet - float(np.log(chosen).sum())

    lowest = _first(lambda m: ratio(m + 1) >= ratio(m), first, last)
    most = math.log(1 / ALPHA)
    low = _first(lambda m: ratio(m) < most, first, lowest)
    high = last - _first(lambda m: ratio(last - m) < most, 0, last - lowest)
    return low, high


def _first(holds: Callable[[int], bool], low: int, high: int) -> int:
    """The first number from low on at which something holds that goes on to hold; at most high."""
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low
