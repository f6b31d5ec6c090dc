"""What the verdict can see: experiments whose effect is known, and how often it is found.

Every sample is as hard as it is, a seed makes a model better or worse, a set of targets helps some
samples and harms others, and the rest is chance; a model is right where the sum is above 0. Two
sets differ in expected accuracy by exactly none, one or three points. The verdict is the one that
the Retrain page gives.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

import numpy as np
from report import machine, write_table
from scipy.stats import norm

from labelviz.core.arrays import Booleans
from labelviz.core.effect import Effect, of_f1, of_means

SEEDS, TRIES, TRIES_F1 = (1, 6, 8, 20), 400, 60
SAMPLES, POINTS = (200, 400, 1_000), (0, 1, 3)
ACCURACY, POSITIVE = 0.85, 0.3
# Standard deviations of what decides whether a model is right: the sample, chance, what a set of
# targets does to a sample, and the seed. Two seeds of one set then disagree on 9 % of the samples,
# and accuracy varies by 0.9 points over seeds of 1,000 samples.
SAMPLE, CHANCE, TARGETS, SEED = 1.0, 0.35, 0.15, 0.03
FILE = Path(__file__).with_suffix(".md")
TITLE = "What the verdict can see"


def main() -> None:
    """Simulate, print and write the table."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    rows = [row(seeds, samples) for seeds in SEEDS for samples in SAMPLES]
    header = [
        "seeds", "samples", "none: better or worse", "none: equal", "+1 point: better",
        "+3 points: better", "by F1, none", "by F1, +3 points",
    ]  # fmt: skip
    notes = [
        f"Shares of {TRIES:,} simulated experiments by accuracy, and of {TRIES_F1} by F1 of a "
        f"class of {POSITIVE:.0%}. The first set is right on {ACCURACY:.0%}. False alarms are the "
        "third column: where 5 % are true, so many experiments measure 3 to 7 %. Of one seed "
        f"nobody says that targets made the difference. {machine()} `make bench-power`.",
    ]
    write_table("power", TITLE, header, rows, notes)


def row(seeds: int, samples: int) -> list[str]:
    """One row of the table."""
    rng = np.random.default_rng(0)
    said = {
        points: Counter(by_accuracy(rng, points, seeds, samples) for _ in range(TRIES))
        for points in POINTS
    }
    found = [f"{seeds}", f"{samples:,}", _share(_alarms(said[0]), TRIES)]
    found.append("" if seeds == 1 else _share(said[0]["equal"], TRIES))
    found += [_share(said[points]["better"], TRIES) for points in POINTS[1:]]
    if seeds != 8:
        return [*found, "", ""]
    none, three = (
        Counter(by_f1(rng, points, seeds, samples) for _ in range(TRIES_F1)) for points in (0, 3)
    )
    return [*found, _share(_alarms(none), TRIES_F1), _share(three["better"], TRIES_F1)]


def by_accuracy(rng: np.random.Generator, points: float, seeds: int, samples: int) -> str:
    """What is concluded by accuracy."""
    first, second = right(rng, points, seeds, samples)
    return _plain(
        of_means("accuracy", second.astype(float) - first, np.arange(samples), np.ones(samples))
    )


def by_f1(rng: np.random.Generator, points: float, seeds: int, samples: int) -> str:
    """What is concluded by F1 of the rarer class."""
    both = right(rng, points, seeds, samples)
    actual = rng.random(samples) < POSITIVE
    hits = tuple((each == actual)[:, :, None] for each in both)
    found = of_f1("F1", (hits[0], hits[1]), actual[:, None], np.arange(samples), np.ones(samples))
    return _plain(found)


def right(
    rng: np.random.Generator, points: float, seeds: int, samples: int
) -> tuple[Booleans, Booleans]:
    """(S, N) twice: where the models of both sets are right."""
    spread = float(np.sqrt(SAMPLE**2 + CHANCE**2 + TARGETS**2 + SEED**2))
    middle = [spread * norm.ppf(ACCURACY + extra / 100) for extra in (0, points)]
    hard = rng.normal(0, SAMPLE, samples)
    made = [
        each + hard + rng.normal(0, TARGETS, samples) + rng.normal(0, SEED, (seeds, 1))
        + rng.normal(0, CHANCE, (seeds, samples)) > 0
        for each in middle
    ]  # fmt: skip
    return made[0], made[1]


def _plain(effect: Effect) -> str:
    """The conclusion, slight ones counted with the others."""
    return effect.conclusion.removeprefix("slightly ")


def _alarms(said: Counter[str]) -> int:
    return said["better"] + said["worse"]


def _share(count: int, of: int) -> str:
    return f"{100 * count / of:.1f} %"


if __name__ == "__main__":
    main()
