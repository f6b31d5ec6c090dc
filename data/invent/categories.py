"""The rows of poi_categories: which categories does a place have?"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from invent.descriptions import (
    PHRASEBOOKS,
    Options,
    add_noise,
    describe,
    sentence_case,
    vary,
    write_phone,
)
from invent.draws import SEED, chance_of, draw_splits, pick_errors, shuffled
from invent.phrases import phrases
from invent.places import CHINA, HIGHER_EDUCATION, LANGUAGES, NOTES, WEST, Place, World, types_of

WORDS = phrases("categories")

CATEGORIES = (
    "building",
    "mall",
    "industrial park",
    "restaurant",
    "hotel",
    "car park",
    "school",
    "hospital",
)
KIND_OF_CATEGORY = {
    "building": "tower",
    "industrial park": "industrial",
    "car park": "parking",
}
CATEGORY_PLAN: dict[tuple[str, ...], int] = {
    ("building",): 95,
    ("mall",): 90,
    ("industrial park",): 135,
    ("restaurant",): 165,
    ("hotel",): 110,
    ("car park",): 125,
    ("school",): 140,
    ("hospital",): 130,
    ("building", "hotel"): 60,
    ("building", "mall"): 40,
    ("building", "restaurant"): 30,
    ("building", "car park"): 35,
    ("mall", "car park"): 40,
    ("mall", "restaurant"): 25,
    ("hotel", "restaurant"): 45,
    ("hotel", "car park"): 25,
    ("industrial park", "car park"): 25,
    ("industrial park", "restaurant"): 15,
    ("school", "car park"): 10,
    ("hospital", "car park"): 15,
    ("hospital", "school"): 10,
    ("building", "mall", "car park"): 30,
    ("building", "hotel", "restaurant"): 35,
    ("building", "mall", "hotel"): 20,
    ("hotel", "restaurant", "car park"): 20,
    ("mall", "restaurant", "car park"): 15,
    ("building", "restaurant", "car park"): 15,
}
OMITTED_BUILDING_SHARE = 0.35
ADDED_MALL_SHARE = 0.30
OTHER_CELL_ERROR_SHARE = 0.005
RETAIL_WING_SHARE = 0.80
TOWER_HOTELS = ("Hotel", "Suites", "Serviced Apartments")


@dataclass
class CategoryRow:
    """One row of poi_categories with its labels and what misleads an annotator."""

    text: str
    language: str
    truth: frozenset[str]
    leading: str
    retail_wing: bool
    nearby: str
    label: frozenset[str] = frozenset()
    split: str = ""


def join_categories(categories: Iterable[str]) -> str:
    """Join category names in the fixed order."""
    return "|".join(category for category in CATEGORIES if category in set(categories))


def leading_category(truth: tuple[str, ...], rng: random.Random) -> str:
    """Choose the category a place is introduced as."""
    if truth[:2] in (("building", "hotel"), ("building", "mall")):
        return rng.choice(truth[:2])
    return truth[0]


def invent_place(truth: tuple[str, ...], leading: str, language: str, world: World) -> Place:
    """Invent a place of a category, in a hotel tower only where a tower is plausible."""
    rng = world.rng
    city = rng.choice(CHINA if language == "zh" or chance_of(rng, 0.12) else WEST)
    kind = KIND_OF_CATEGORY.get(leading, leading)
    sorts = types_of(kind, city)
    if kind == "hotel" and "building" in truth:
        sorts = tuple(sort for sort in sorts if sort.suffix in TOWER_HOTELS)
    place = world.new_place(kind, city, sort=rng.choice(sorts), note_count=0)
    if truth == ("restaurant",) and chance_of(rng, 0.25):
        place.inside = world.new_place(rng.choice(("mall", "tower")), city)
        place.unit = (rng.randrange(1, 5), rng.randrange(1, 46))
    return place


def write_category_row(truth: tuple[str, ...], world: World, language: str) -> CategoryRow:
    """Invent a place with the given categories and describe it."""
    rng = world.rng
    leading = leading_category(truth, rng)
    place = invent_place(truth, leading, language, world)
    wing = truth[0] == "industrial park" and chance_of(rng, RETAIL_WING_SHARE)
    others = [name for name in CATEGORIES if name not in truth]
    nearby = rng.choice(others) if chance_of(rng, 0.25) else ""
    told = [rng.choice(WORDS["facets"][name]) for name in truth if name != leading]
    told += [rng.choice(WORDS["retail_wing"])] if wing else []
    told += [rng.choice(WORDS["nearby"][nearby])] if nearby else []
    place.notes = world.fill_notes(told + rng.sample(NOTES[place.kind], 2), place)
    college = place.sort.noun in HIGHER_EDUCATION
    if chance_of(rng, 0.42) and not place.inside and not college:
        text = category_sentence(place, leading, len(told), language, rng)
    else:
        options = Options(required_notes=len(told), most_notes=len(told) + 1)
        text = describe(place, 0, language, options, rng).text
    return CategoryRow(text, language, frozenset(truth), leading, wing, nearby)


def category_sentence(
    place: Place, category: str, needed: int, language: str, rng: random.Random
) -> str:
    """Describe a place in a sentence of its category followed by what must be told."""
    side = LANGUAGES.index(language)
    book = PHRASEBOOKS[language]
    name = place.names[language][0]
    sentence = vary(rng.choice(WORDS["sentences"][language][category]), rng).format(
        name=name,
        street=place.street[side],
        year=place.year,
        district=f"{place.district[1]}区" if language == "zh" else place.district[0],
        city=place.city.zh if language == "zh" else place.city.en,
    )
    notes = [note[side] for note in place.notes[: needed + chance_of(rng, 0.4)]]
    notes = shuffled(notes, rng)
    if language == "zh" or chance_of(rng, 0.5):
        notes = [book.comma.join(notes)] if notes else []
    sentences = [sentence, *(sentence_case(note) + book.full_stop for note in notes)]
    if place.phone and chance_of(rng, 0.2):
        phone = write_phone(place.phone, place.city, rng)
        sentences.append(f"电话{phone}" if language == "zh" else phone)
    text = book.sentence_gap.join(sentences)
    return add_noise(text, language, (name, place.street[0]), rng)


def label_categories(rows: Sequence[CategoryRow], rng: random.Random) -> None:
    """Give every row the label-maker's categories, wrong in two clumps and in scattered cells."""
    for row in rows:
        row.label = row.truth
    towers = [row for row in rows if in_tower_clump(row)]
    scores = [1.0 * (row.leading != "building") for row in towers]
    for at in pick_errors(scores, OMITTED_BUILDING_SHARE, 0.8, rng):
        towers[at].label -= {"building"}
    parks = [row for row in rows if row.retail_wing]
    scores = [1.0 * bool(re.search("outlet|shop|商|店", row.text)) for row in parks]
    for at in pick_errors(scores, ADDED_MALL_SHARE, 0.8, rng):
        parks[at].label |= {"mall"}
    flip_cells(rows, rng)


def in_tower_clump(row: CategoryRow) -> bool:
    """Tell whether a row is a tower that holds a hotel or a mall."""
    return "building" in row.truth and bool(row.truth & {"hotel", "mall"})


def in_clump_cell(row: CategoryRow, category: str) -> bool:
    """Tell whether a cell belongs to one of the two clumps."""
    if category == "building":
        return in_tower_clump(row)
    return category == "mall" and row.retail_wing


def flip_cells(rows: Sequence[CategoryRow], rng: random.Random) -> None:
    """Flip scattered cells outside the clumps, most often something that is only nearby."""
    cells = [(row, name) for row in rows for name in CATEGORIES if not in_clump_cell(row, name)]
    keyed = [(rng.random() ** (1 / cell_weight(row, name)), row, name) for row, name in cells]
    keyed.sort(key=lambda item: item[0], reverse=True)
    left = round(OTHER_CELL_ERROR_SHARE * len(cells))
    for _, row, category in keyed:
        changed = row.label ^ {category}
        if left and changed:
            row.label = changed
            left -= 1


def cell_weight(row: CategoryRow, category: str) -> float:
    """Weigh how easily an annotator gets a cell wrong."""
    if category == row.nearby:
        return 30
    if category in row.truth:
        return 1 if category == row.leading else 12
    return 3 if category == "building" else 1


def make_categories() -> list[CategoryRow]:
    """Write, label and shuffle the rows of poi_categories."""
    rng = random.Random(f"{SEED} poi_categories")
    world = World(rng)
    plan = [truth for truth, count in CATEGORY_PLAN.items() for _ in range(count)]
    rng.shuffle(plan)
    rows: list[CategoryRow] = []
    texts: set[str] = set()
    while len(rows) < len(plan):
        language = "en" if len(rows) < 0.6 * len(plan) else "zh"
        row = write_category_row(plan[len(rows)], world, language)
        if row.text not in texts:
            texts.add(row.text)
            rows.append(row)
    label_categories(rows, rng)
    rng.shuffle(rows)
    for row, split in zip(rows, shuffled(draw_splits(len(rows)), rng), strict=True):
        row.split = split
    return rows
