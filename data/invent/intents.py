"""The rows of intents: what does a question ask for?"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

from invent.descriptions import add_typo, sentence_case, vary
from invent.draws import SEED, chance_of, draw_splits, pick_errors, shuffled
from invent.phrases import phrases
from invent.places import CHINA, CHINESE_PEOPLE, LANGUAGES, SURNAMES, WEST, World, types_of

WORDS = phrases("intents")

INTENT_PLAN = {
    "navigate": 300,
    "opening_hours": 250,
    "book_table": 220,
    "parking": 280,
    "report_problem": 210,
    "recommend": 240,
}
PARKING_WITH_DESTINATION_SHARE = 0.70
RECOMMEND_FOOD_SHARE = 0.60
PARKING_CLUMP, RECOMMEND_CLUMP = "parking with a destination", "recommend with food or tables"
INTENT_ERROR_SHARE = {PARKING_CLUMP: 0.30, RECOMMEND_CLUMP: 0.25}
OTHER_INTENT_ERROR_SHARE = 0.03
LIKELY_MISTAKES = {
    "navigate": ("parking", "recommend"),
    "opening_hours": ("book_table", "navigate", "report_problem"),
    "book_table": ("recommend", "opening_hours"),
    "parking": ("report_problem", "opening_hours", "recommend"),
    "report_problem": ("navigate", "opening_hours", "parking"),
    "recommend": ("navigate", "opening_hours"),
}
TRAVEL_CUES = re.compile(
    r"\b(get to|going to|heading|driving|drive to|on the way|route|take me|arrive)\b|去|到|导航",
    re.I,
)
TABLE_CUES = re.compile(
    r"\btables?\b|\btonight\b|\bpeople\b|\bbook\b|\bdinner\b|今晚|个人|位|桌|包间", re.I
)


@dataclass
class IntentRow:
    """One row of intents with its labels and its clump."""

    text: str
    language: str
    truth: str
    clump: str
    label: str = ""
    split: str = ""


def slot_values(world: World, language: str) -> dict[str, object]:
    """Invent the places, streets and times a question may mention."""
    rng = world.rng
    side = LANGUAGES.index(language)
    city = rng.choice(CHINA if language == "zh" else WEST)
    kinds = ("mall", "hospital", "tower", "school", "hotel", "clinic", "shop", "restaurant")

    def name(kind: str) -> str:
        names = world.draw_names(kind, rng.choice(types_of(kind, city)), city)[language]
        return rng.choice(names)

    street = world.draw_street(city)
    other = world.draw_street(city, street)
    area, area2 = rng.sample(city.districts, 2)
    number = rng.randrange(2, 260)
    person = rng.choice(CHINESE_PEOPLE)[1] if language == "zh" else rng.choice(SURNAMES)
    return {
        "hospital": name("hospital"),
        "mall": name("mall"),
        "mall2": name("mall"),
        "many": rng.choice(("八", "十", "十二", "9"))
        if side
        else rng.choice(("eight", "9", "ten")),
        "place": name(rng.choice(kinds)),
        "place2": name(rng.choice(kinds)),
        "eatery": name("restaurant"),
        "street": street[side],
        "street2": other[side],
        "area": area[side] + "区" * side,
        "area2": area2[side] + "区" * side,
        "city": city.zh if side else city.en,
        "number": number,
        "address": f"{street[side]}{number}号" if side else f"{number} {street[side]}",
        "time": rng.choice(WORDS["times_asked"])[side],
        "day": rng.choice(WORDS["days_asked"])[side],
        "n": rng.choice(("三", "四", "五", "六", "八", "6", "10"))
        if side
        else rng.choice(("three", "four", "5", "six", "8", "12")),
        "food": rng.choice(WORDS["foods"])[side],
        "person": person,
    }


def decorate_question(
    text: str, language: str, values: dict[str, object], rng: random.Random
) -> str:
    """Add greetings, endings, lost punctuation and typos to a question."""
    side = LANGUAGES.index(language)
    protected = [str(value) for value in values.values()]
    greeting = rng.choice(WORDS["greetings"])[side] if chance_of(rng, 0.16) else ""
    ending = rng.choice(WORDS["endings"])[side].format(**values) if chance_of(rng, 0.17) else ""
    if language == "zh":
        body = text.rstrip("。") if chance_of(rng, 0.6) else text
        body = body.replace("，", " ").rstrip("？") if chance_of(rng, 0.1) else body
        joint = "" if not ending or body[-1] in "。？" else "，"
        return greeting + body + joint + ending
    if greeting and not text.startswith(("I ", "I'", "GPS", *protected)):
        text = text[0].lower() + text[1:]
    text = " ".join(part for part in (greeting and sentence_case(greeting), text, ending) if part)
    chance = rng.random()
    text = text.rstrip(".?") if chance < 0.35 else text
    text = text.lower() if chance_of(rng, 0.3) else text
    return add_typo(text, protected, rng) if chance_of(rng, 0.07) else text


def planned_groups(intent: str, count: int) -> list[str]:
    """Return the question list each of an intent's rows is drawn from."""
    shares = {
        "parking": (PARKING_CLUMP, PARKING_WITH_DESTINATION_SHARE),
        "recommend": (RECOMMEND_CLUMP, RECOMMEND_FOOD_SHARE),
    }
    if intent not in shares:
        return [intent] * count
    clump, share = shares[intent]
    return [clump] * round(count * share) + [intent] * (count - round(count * share))


def write_questions(
    intent: str, count: int, language: str, world: World, texts: set[str]
) -> list[IntentRow]:
    """Write questions of one intent, going through all shapes before any comes again."""
    rng = world.rng
    shapes = WORDS["questions"][language]
    decks: dict[str, list[str]] = {}
    rows = []
    for group in planned_groups(intent, count):
        while True:
            if not decks.get(group):
                decks[group] = rng.sample(shapes[group], len(shapes[group]))
            values = slot_values(world, language)
            text = decorate_question(
                vary(decks[group].pop(), rng).format(**values), language, values, rng
            )
            if text not in texts:
                break
        texts.add(text)
        rows.append(IntentRow(text, language, intent, group if group != intent else ""))
    return rows


def label_intents(rows: Sequence[IntentRow], rng: random.Random) -> None:
    """Give every question the label-maker's intent, wrong in two clumps and now and then."""
    for row in rows:
        row.label = row.truth
    for clump, cues, wrong in (
        (PARKING_CLUMP, TRAVEL_CUES, "navigate"),
        (RECOMMEND_CLUMP, TABLE_CUES, "book_table"),
    ):
        members = [row for row in rows if row.clump == clump]
        scores = [1.0 * bool(cues.search(row.text)) for row in members]
        for at in pick_errors(scores, INTENT_ERROR_SHARE[clump], 0.8, rng):
            members[at].label = wrong
    others = [row for row in rows if not row.clump]
    for at in pick_errors([0.0] * len(others), OTHER_INTENT_ERROR_SHARE, 1.0, rng):
        others[at].label = rng.choice(LIKELY_MISTAKES[others[at].truth])


def make_intents() -> list[IntentRow]:
    """Write, label and shuffle the rows of intents."""
    rng = random.Random(f"{SEED} intents")
    world = World(rng)
    texts: set[str] = set()
    rows: list[IntentRow] = []
    for intent, count in INTENT_PLAN.items():
        english = round(0.6 * count)
        for language, part in (("en", english), ("zh", count - english)):
            rows += write_questions(intent, part, language, world, texts)
        splits = shuffled(draw_splits(count), rng)
        for row, split in zip(rows[-count:], splits, strict=True):
            row.split = split
    label_intents(rows, rng)
    rng.shuffle(rows)
    return rows
