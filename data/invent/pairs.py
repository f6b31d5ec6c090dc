"""The rows of poi_pairs: do two descriptions belong to the same place?"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from invent.descriptions import Options, Record, describe
from invent.draws import SEED, SPLITS, chance_of, pick_errors
from invent.phrases import phrases
from invent.places import (
    CHAIN_NAMES,
    CHINA,
    LANGUAGES,
    NOTES,
    SECOND_WORDS,
    WEST,
    Bilingual,
    City,
    Names,
    Place,
    PlaceType,
    World,
    types_of,
)

WORDS = phrases("pairs")

SAME, DIFFERENT = "same", "different"
MALL, PARKING = "mall vs shop inside", "building vs parking"
PAIR_ERROR_SHARE = {
    "restaurant": 0.025,
    "hotel": 0.030,
    "clinic": 0.025,
    "branch of a chain": 0.037,
    "renamed shop": 0.035,
    "campus": 0.030,
    MALL: 0.31,
    PARKING: 0.29,
}
CLUMPS = (MALL, PARKING)


@dataclass(frozen=True)
class PairPlan:
    """How many pairs a category has: in all, truly the same, and different but alike."""

    total: int
    same: int
    alike: int


PAIR_PLANS = {
    "restaurant": PairPlan(360, 195, 65),
    "hotel": PairPlan(280, 150, 52),
    "clinic": PairPlan(240, 128, 48),
    "branch of a chain": PairPlan(300, 126, 130),
    "renamed shop": PairPlan(180, 104, 34),
    "campus": PairPlan(200, 102, 60),
    MALL: PairPlan(220, 45, 166),
    PARKING: PairPlan(220, 50, 162),
}
PAIR_KINDS = {
    "restaurant": ("restaurant",),
    "hotel": ("hotel",),
    "clinic": ("clinic",),
    "branch of a chain": ("shop", "shop", "restaurant"),
    "campus": ("school",),
}
ANYTHING = Options()
SETTING_WEIGHTS = (46, 5, 29, 20)
RIVALS = {
    "restaurant": (("lookalike", 0.4), ("neighbour", 0.3), ("sibling", 0.3)),
    "hotel": (("lookalike", 0.45), ("neighbour", 0.15), ("sibling", 0.4)),
    "clinic": (("lookalike", 0.3), ("neighbour", 0.4), ("sibling", 0.3)),
    "branch of a chain": (("sibling", 1.0),),
    "campus": (("sibling", 0.6), ("lookalike", 0.4)),
}
BUILDING_KINDS = ("tower", "tower", "tower", "mall", "hospital", "industrial", "school")
PARTS = (("parking", "gate"), ("parking", "wing"), ("parking", "wing"), ("gate", "wing"))
CAR_PARK = PlaceType("", "car park", "", "停车场", "个")


@dataclass(frozen=True)
class Pair:
    """Two records and whether they describe the same place; alike marks hard negatives."""

    a: Record
    b: Record
    same: bool
    alike: bool


@dataclass(frozen=True)
class Setting:
    """The city of a group of pairs and the share of its records that is in Chinese."""

    city: City
    chinese_share: float


def per_language(place: Place, make: Callable[[str, int], tuple[str, ...]]) -> Names:
    """Build names in each language a place has, given the main name and the language's index."""
    return {
        language: make(names[0], LANGUAGES.index(language))
        for language, names in place.names.items()
    }


class PairWriter:
    """Writes small groups of related places and pairs up their records."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.world = World(rng)
        self.places = 0
        self.texts: set[str] = set()

    def setting(self) -> Setting:
        """Draw a city and a language mix."""
        settings = (
            Setting(self.rng.choice(WEST), 0.0),
            Setting(self.rng.choice(CHINA), 0.0),
            Setting(self.rng.choice(CHINA), 1.0),
            Setting(self.rng.choice(CHINA), 0.5),
        )
        return self.rng.choices(settings, SETTING_WEIGHTS)[0]

    def new_records(
        self, place: Place, count: int, setting: Setting, options: Options = ANYTHING
    ) -> list[Record]:
        """Write some records of a place that has none yet."""
        self.places += 1
        return self.more_records(place, count, setting, options)

    def more_records(
        self, place: Place, count: int, setting: Setting, options: Options = ANYTHING
    ) -> list[Record]:
        """Write some records of the latest place, all with different texts."""
        found: list[Record] = []
        while len(found) < count:
            language = "zh" if chance_of(self.rng, setting.chinese_share) else "en"
            if setting.chinese_share == 0.5 and found and chance_of(self.rng, 0.5):
                language = "en" if found[-1].language == "zh" else "zh"
            adjusted = self.with_accidents(place, setting, options)
            record = describe(place, self.places, language, adjusted, self.rng)
            if record.text not in self.texts:
                self.texts.add(record.text)
                found.append(record)
        return found

    def with_accidents(self, place: Place, setting: Setting, options: Options) -> Options:
        """Now and then ask for a wrong house number or no address, always with a phone number."""
        rng = self.rng
        if setting.chinese_share == 0.5 and options.phone is None and chance_of(rng, 0.75):
            options = replace(options, phone=True)
        if not place.phone or place.inside or options != replace(ANYTHING, phone=options.phone):
            return options
        accident = rng.random()
        if accident < 0.05 and place.number > 9:
            return replace(options, phone=True, number=mistype_number(place.number, rng))
        return replace(options, phone=True, address=False) if 0.05 < accident < 0.10 else options

    def same(self, records: Sequence[Record], most: int) -> list[Pair]:
        """Pair up records of one place whose sameness a reader can decide."""
        pairs = [
            (a, b)
            for a, b in combinations(records, 2)
            if (a.has_address and b.has_address) or (a.has_phone and b.has_phone)
        ]
        return [self.pair(a, b, False) for a, b in self.rng.sample(pairs, min(most, len(pairs)))]

    def alike(
        self, records_a: Sequence[Record], records_b: Sequence[Record], most: int
    ) -> list[Pair]:
        """Pair up records of two places that are easy to confuse."""
        pairs = [(a, b) for a in records_a for b in records_b if a.has_address and b.has_address]
        return [self.pair(a, b, True) for a, b in self.rng.sample(pairs, min(most, len(pairs)))]

    def pair(self, a: Record, b: Record, alike: bool) -> Pair:
        """Put two records in random order."""
        if chance_of(self.rng, 0.5):
            a, b = b, a
        return Pair(a, b, a.place == b.place, alike)

    def group(self, category: str) -> list[Pair]:
        """Write one group of related pairs of a category."""
        if category == MALL:
            return self.mall_group()
        if category == PARKING:
            return self.building_group()
        if category == "renamed shop":
            return self.renamed_group()
        return self.rival_group(category)

    # Places and their rivals

    def rival_group(self, category: str) -> list[Pair]:
        """Write a place and a rival that looks like it."""
        setting = self.setting()
        place = self.world.new_place(self.rng.choice(PAIR_KINDS[category]), setting.city)
        hows, weights = zip(*RIVALS[category], strict=True)
        how = self.rng.choices(hows, weights)[0]
        options = ANYTHING
        if how == "sibling":
            rival = self.sibling(place, chain=category == "branch of a chain")
        elif how == "lookalike":
            rival = self.lookalike(place)
        else:
            rival = self.neighbour(place)
            options = Options(phone=True, unit=True)
        records = self.new_records(place, 3, setting, options)
        rivals = self.new_records(rival, 2, setting, options)
        return self.same(records, 2) + self.same(rivals, 1) + self.alike(records, rivals, 3)

    def sibling(self, place: Place, *, chain: bool) -> Place:
        """Invent a place of the same name at another address in the same city."""
        rng = self.rng
        if chain:
            place.names = self.chain_names(place)
        districts = [district for district in place.city.districts if district != place.district]
        rival = self.world.new_place(
            place.kind,
            place.city,
            sort=place.sort,
            names=place.names,
            district=rng.choice(districts),
        )
        if place.kind == "school":
            tags = rng.sample(WORDS["campus_tags"], 2)
        elif chance_of(rng, 0.6):
            tags = [place.street, rival.street]
        else:
            tags = [place.district, rival.district]
        if chain or chance_of(rng, 0.6):
            for one, tag in zip((place, rival), tags, strict=True):
                one.names = self.tagged_names(one, tag)
        return rival

    def chain_names(self, place: Place) -> Names:
        """Invent the name of a chain."""
        if place.city.country == "cn":
            return per_language(place, lambda name, _: (name,))
        chain = self.rng.choice(CHAIN_NAMES)
        return {"en": (f"{chain} {place.sort.suffix}", chain)}

    def tagged_names(self, place: Place, tag: Bilingual) -> Names:
        """Add a campus, a street or a district to the name of a branch."""
        if place.kind == "school":
            return per_language(place, lambda name, side: (f"{name}{(' ', '')[side]}{tag[side]}",))
        branch = "分院" if place.kind == "clinic" else "店"
        shapes = (
            ("{name} {tag}", "{name} ({tag})", "{name} - {tag}"),
            ("{name}（{tag}{branch}）", "{name}{tag}{branch}", "{name}·{tag}{branch}"),
        )
        return per_language(
            place,
            lambda name, side: (
                name,
                *(shape.format(name=name, tag=tag[side], branch=branch) for shape in shapes[side]),
            ),
        )

    def lookalike(self, place: Place) -> Place:
        """Invent a place with a name one word away, often on the same street."""
        rng = self.rng
        sort, names = self.similar_names(place)
        same_street = chance_of(rng, 0.4)
        number = rng.choice([n for n in range(2, 240) if abs(n - place.number) > 12])
        return self.world.new_place(
            place.kind,
            place.city,
            sort=sort,
            names=names,
            at=place if same_street else None,
            number=number if same_street else None,
        )

    def similar_names(self, place: Place) -> tuple[PlaceType, Names]:
        """Change one word of the brand, or else the sort of place, and keep the rest of a name."""
        rng = self.rng
        name = place.names["en"][0]
        words = [word for word in SECOND_WORDS if word in name.split()]
        if words:
            others = [word for word in SECOND_WORDS if word not in words]
            return place.sort, {"en": (name.replace(words[-1], rng.choice(others)),)}
        kinds = types_of(place.kind, place.city)
        sort = rng.choice([kind for kind in kinds if kind != place.sort])
        names: Names = {"en": (name.replace(place.sort.suffix, sort.suffix),)}
        if "zh" in place.names:
            zh = place.names["zh"][0]
            names["zh"] = (zh.removesuffix(place.sort.suffix_zh) + sort.suffix_zh,)
        return sort, names

    def neighbour(self, place: Place) -> Place:
        """Invent another business of the same kind in the same building."""
        rng = self.rng
        floor, other_floor = rng.sample(range(2, 9), 2)
        place.unit = (floor, rng.randrange(1, 20))
        unit = (other_floor, rng.randrange(20, 40))
        return self.world.new_place(place.kind, place.city, at=place, unit=unit)

    # Shops that change their name

    def renamed_group(self) -> list[Pair]:
        """Write a shop under its old and its new name, and the shop that came after it."""
        rng = self.rng
        setting = self.setting()
        kind = rng.choice(("restaurant", "shop"))
        old = self.world.new_place(kind, setting.city)
        new = self.world.new_place(kind, setting.city, sort=old.sort, at=old, phone=old.phone)
        successor = self.world.new_place(
            "shop" if kind == "restaurant" else "restaurant", setting.city, at=old
        )
        successor.notes.insert(0, self.old_name_note(WORDS["successor_notes"], old))
        records = self.new_records(old, 2, setting, Options(phone=True))
        records += self.more_records(new, 2, setting, self.new_name_options(old, new))
        with_note = Options(phone=True, required_notes=int(chance_of(rng, 0.7)))
        later = self.new_records(successor, 2, setting, with_note)
        return self.same(records, 4) + self.same(later, 1) + self.alike(records, later, 2)

    def new_name_options(self, old: Place, new: Place) -> Options:
        """Mention the old name of a place in its new name, in a remark, or not at all."""
        rng = self.rng
        chance = rng.random()
        if chance < 0.4:
            shapes = [rng.choice(WORDS["formerly"][language]) for language in LANGUAGES]
            new.names = per_language(
                new,
                lambda name, side: (
                    shapes[side].format(new=name, old=old.names[LANGUAGES[side]][0]),
                ),
            )
            return Options(phone=True, noun=False)
        if chance < 0.9:
            new.notes.insert(0, self.old_name_note(WORDS["formerly_notes"], old))
            return Options(phone=True, required_notes=1)
        return Options(phone=True)

    def old_name_note(self, notes: Sequence[Bilingual], place: Place) -> Bilingual:
        """Write a remark that mentions the name a place used to have."""
        en, zh = self.rng.choice(notes)
        old_zh = place.names["zh"][0] if "zh" in place.names else ""
        return en.format(old=place.names["en"][0]), zh.format(old=old_zh)

    # Malls and buildings, the two categories whose labels go wrong in clumps

    def mall_group(self) -> list[Pair]:
        """Write a mall and three shops inside it."""
        setting = self.setting()
        mall = self.world.new_place("mall", setting.city)
        shops = [self.shop_inside(mall) for _ in range(3)]
        mall.notes.insert(0, self.old_name_note(WORDS["shop_in_mall_notes"], shops[0]))
        mall_records = self.new_records(mall, 3, setting)
        pairs = self.same(mall_records, 2)
        for shop in shops:
            records = self.new_records(shop, self.rng.choice((1, 2)), setting, Options(unit=True))
            pairs += self.same(records, int(chance_of(self.rng, 0.3)))
            pairs += self.alike(mall_records, records, 2)
        return pairs

    def shop_inside(self, mall: Place) -> Place:
        """Invent a shop or restaurant on a floor of a mall, sometimes named after the mall."""
        rng = self.rng
        shop = self.world.new_place(
            rng.choice(("shop", "shop", "restaurant")),
            mall.city,
            at=mall,
            unit=(rng.randrange(1, 5), rng.randrange(1, 46)),
            phone=mall.phone if chance_of(rng, 0.25) else None,
        )
        shop.inside = mall
        shapes = (("{shop} ({mall})", "{mall} {shop}"), ("{shop}（{mall}店）", "{mall}{shop}"))
        shop.names = per_language(
            shop,
            lambda name, side: (
                name,
                name,
                *(
                    shape.format(shop=name, mall=mall.names[LANGUAGES[side]][0])
                    for shape in shapes[side]
                ),
            ),
        )
        return shop

    def building_group(self) -> list[Pair]:
        """Write a building and two of its parts: car park, gate or wing."""
        rng = self.rng
        setting = self.setting()
        building = self.world.new_place(rng.choice(BUILDING_KINDS), setting.city)
        building_records = self.new_records(building, 3, setting)
        pairs = self.same(building_records, 2 if chance_of(rng, 0.6) else 1)
        for kind in rng.choice(PARTS):
            if kind == "parking":
                records = self.car_park_records(building, setting)
            else:
                records = self.entrance_or_wing_records(building, kind, setting)
            pairs += self.same(records, int(chance_of(rng, 0.4)))
            pairs += self.alike(building_records, records, 3)
        return pairs

    def part_phone(self, building: Place) -> str | None:
        """Give a part the number of its building, its own number, or none."""
        return self.rng.choice((building.phone, building.phone, "", None))

    def car_park_records(self, building: Place, setting: Setting) -> list[Record]:
        """Write two records of a building's car park, some named by nothing but a level."""
        rng = self.rng
        subtle = chance_of(rng, 0.45)
        level = rng.choice(WORDS["subtle_car_parks"])
        part = self.world.new_place(
            "parking",
            building.city,
            sort=CAR_PARK,
            names=per_language(
                building,
                lambda name, side: (
                    (level[side].format(name),)
                    if subtle
                    else tuple(shape[side].format(name) for shape in WORDS["car_park_names"])
                ),
            ),
            at=building,
            phone=self.part_phone(building),
        )
        telling = rng.sample(NOTES["parking"][:4], 2) + rng.sample(NOTES["parking"][4:], 1)
        part.notes = self.world.fill_notes(telling, part)
        if subtle:
            options = Options(noun=False, plain=True, required_notes=2)
        else:
            options = Options(noun=chance_of(rng, 0.3), most_notes=1)
        return self.new_records(part, 2, setting, options)

    def entrance_or_wing_records(
        self, building: Place, kind: str, setting: Setting
    ) -> list[Record]:
        """Write two records of a gate or a wing."""
        tag = self.rng.choice(WORDS["gates" if kind == "gate" else "wings"])
        part = self.world.new_place(
            kind,
            building.city,
            sort=CAR_PARK,
            names=per_language(
                building, lambda name, side: (f"{name}{(' ', '')[side]}{tag[side]}",)
            ),
            at=building,
            phone=self.part_phone(building),
        )
        return self.new_records(part, 2, setting, Options(noun=False, most_notes=1))


def mistype_number(number: int, rng: random.Random) -> int:
    """Swap or change a digit of a house number."""
    digits = str(number)
    swapped = digits[:-2] + digits[-1] + digits[-2]
    if swapped != digits and swapped[0] != "0" and chance_of(rng, 0.5):
        return int(swapped)
    return number + rng.choice((-1, 1, 2, 10))


@dataclass
class PairRow:
    """One row of poi_pairs with its labels."""

    pair: Pair
    category: str
    split: str
    truth: str
    label: str = ""
    others: tuple[str, str, str] = ("", "", "")


def sample_pairs(
    category: str, plan: PairPlan, writer: PairWriter, rng: random.Random
) -> list[Pair]:
    """Write groups until they hold the planned pairs, and draw those."""
    same: list[Pair] = []
    alike: list[Pair] = []
    while len(same) < plan.same or len(alike) < plan.alike:
        group = writer.group(category)
        same += [pair for pair in group if pair.same]
        alike += [pair for pair in group if pair.alike]
    chosen = rng.sample(same, plan.same) + rng.sample(alike, plan.alike)
    return chosen + unrelated_pairs(chosen, plan.total - len(chosen), rng)


def unrelated_pairs(chosen: Sequence[Pair], count: int, rng: random.Random) -> list[Pair]:
    """Pair up records of different places, in the same city where possible."""
    sides = (record for pair in chosen for record in (pair.a, pair.b))
    records = list({record.text: record for record in sides if record.has_address}.values())
    seen = {frozenset((pair.a.text, pair.b.text)) for pair in chosen}
    pairs: list[Pair] = []
    while len(pairs) < count:
        a, *others = rng.sample(records, min(12, len(records)))
        others = [
            record
            for record in others
            if record.place != a.place
            and (record.city in CHINA) == (a.city in CHINA)
            and frozenset((a.text, record.text)) not in seen
        ]
        if others:
            b = min(others, key=lambda record: record.city != a.city)
            seen.add(frozenset((a.text, b.text)))
            pairs.append(Pair(a, b, False, False))
    return pairs


def plan_for_split(plan: PairPlan, share: float) -> PairPlan:
    """Scale a plan to the share of a split."""
    return PairPlan(round(plan.total * share), round(plan.same * share), round(plan.alike * share))


def trigrams(text: str) -> set[str]:
    """Return the character trigrams of a text, or bigrams where it is Chinese."""
    squeezed = re.sub(r"[\W_]+", "", text.lower())
    size = 2 if re.search(r"[\u4e00-\u9fff]", squeezed) else 3
    return {squeezed[at : at + size] for at in range(len(squeezed) - size + 1)}


def overlap(a: str, b: str) -> float:
    """Return the share of the shorter text's trigrams that the other text has too."""
    first, second = trigrams(a), trigrams(b)
    return len(first & second) / max(1, min(len(first), len(second)))


def misleading(row: PairRow) -> float:
    """Score how strongly the surface of a pair points to the wrong label."""
    score = overlap(row.pair.a.text, row.pair.b.text)
    if row.truth == SAME:
        return 0.35 - score
    return score + 0.25 * (row.pair.a.subtle or row.pair.b.subtle) + 0.2 * row.pair.alike


def flip(label: str) -> str:
    """Return the other pair label."""
    return DIFFERENT if label == SAME else SAME


def annotate_pairs(rows: Sequence[PairRow], rng: random.Random) -> None:
    """Give every pair the label-maker's label and those of three other annotators."""
    for category, share in PAIR_ERROR_SHARE.items():
        members = [row for row in rows if row.category == category]
        if category not in CLUMPS:
            annotate_group(members, share, 0.25, rng)
            continue
        for split, _ in SPLITS:
            annotate_group([row for row in members if row.split == split], share, 0.16, rng)


def annotate_group(rows: Sequence[PairRow], share: float, noise: float, rng: random.Random) -> None:
    """Get the given share of some pairs wrong, those with the most misleading surface first."""
    wrong = pick_errors([misleading(row) for row in rows], share, noise, rng)
    for at, row in enumerate(rows):
        row.label = flip(row.truth) if at in wrong else row.truth
        row.others = other_annotators(row.truth, at in wrong, row.category in CLUMPS, rng)


def other_annotators(
    truth: str, label_wrong: bool, clump: bool, rng: random.Random
) -> tuple[str, str, str]:
    """Draw three more labels, the first close to the label-maker and the third unrelated."""
    if clump:
        first_rate, second_rate = (0.80, 0.28) if label_wrong else (0.06, 0.09)
    else:
        first_rate, second_rate = (0.35, 0.05) if label_wrong else (0.015, 0.02)
    first, second, third = (
        flip(truth) if rng.random() < rate else truth for rate in (first_rate, second_rate, 0.06)
    )
    return first, second, "" if chance_of(rng, 0.05) else third


def make_pairs(seed: object = SEED) -> list[PairRow]:
    """Write, annotate and shuffle the rows of poi_pairs; another seed invents other places."""
    rng = random.Random(f"{seed} poi_pairs")
    writer = PairWriter(rng)
    rows = []
    for category, plan in PAIR_PLANS.items():
        for split, share in SPLITS:
            for pair in sample_pairs(category, plan_for_split(plan, share), writer, rng):
                rows.append(PairRow(pair, category, split, SAME if pair.same else DIFFERENT))
    annotate_pairs(rows, rng)
    rng.shuffle(rows)
    return rows
