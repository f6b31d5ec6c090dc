"""The seed, and the draws that all sets share: order, chance, splits, wrong labels."""

from __future__ import annotations

import random
from collections.abc import Sequence

SEED = 20240611
SPLITS = (("train", 0.70), ("validation", 0.15), ("test", 0.15))


def shuffled(items: Sequence[str], rng: random.Random) -> list[str]:
    """Return the items in random order."""
    return rng.sample(items, len(items))


def chance_of(rng: random.Random, chance: float) -> bool:
    """Return true with the given chance."""
    return rng.random() < chance


def pick_errors(scores: Sequence[float], rate: float, noise: float, rng: random.Random) -> set[int]:
    """Pick the given share of positions, those with the highest score plus Gaussian noise."""
    noisy = sorted(
        range(len(scores)), key=lambda at: scores[at] + rng.gauss(0, noise), reverse=True
    )
    return set(noisy[: round(rate * len(scores))])


def stated_confidence(wrong: bool, rng: random.Random) -> str:
    """Draw an overconfident confidence, only slightly lower when the label is wrong."""
    low_tail = chance_of(rng, 0.10 if wrong else 0.05)
    value = rng.uniform(0.52, 0.80) if low_tail else 1 - rng.betavariate(1.3, 15 if wrong else 20)
    if chance_of(rng, 0.35):
        value = round(value * 20) / 20
    return f"{min(max(value, 0.50), 1.0):.2f}"


def draw_splits(count: int) -> list[str]:
    """Return split names in the wanted proportions, unshuffled."""
    train, validation = round(count * SPLITS[0][1]), round(count * SPLITS[1][1])
    return ["train"] * train + ["validation"] * validation + ["test"] * (count - train - validation)
