"""Invented places: names, addresses and phone numbers that never repeat."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from invent.draws import chance_of
from invent.phrases import phrases

WORDS = phrases("places")

LANGUAGES = ("en", "zh")
Bilingual = tuple[str, str]
Names = dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class City:
    """A city with its districts and a phone range that is not given to subscribers."""

    en: str
    zh: str
    country: str
    districts: tuple[Bilingual, ...]
    phone_codes: tuple[str, ...]
    post_code: str

    @classmethod
    def of(cls, row: Sequence[str]) -> City:
        """Return the city that a row of `places.toml` holds."""
        en, zh, country, districts, districts_zh, codes, post_code = row
        names = districts.split(", ")
        chinese = districts_zh.split(", ") if zh else [""] * len(names)
        pairs = tuple(zip(names, chinese, strict=True))
        return cls(en, zh, country, pairs, tuple(codes.split(", ")), post_code)


CITIES = tuple(map(City.of, WORDS["cities"]))
WEST = tuple(city for city in CITIES if city.country != "cn")
CHINA = tuple(city for city in CITIES if city.country == "cn")
CURRENCY = {"uk": "£", "au": "$", "us": "$", "ca": "$", "cn": "¥"}


@dataclass(frozen=True)
class PlaceType:
    """A sort of place: how its name ends, its common noun, and its Chinese measure word."""

    suffix: str
    noun: str
    suffix_zh: str = ""
    noun_zh: str = ""
    measure: str = "家"


@dataclass(frozen=True)
class Hours:
    """When a place is open: from and to, in minutes after midnight, and on which days."""

    start: int
    end: int
    days: str

    @classmethod
    def of(cls, text: str) -> Hours:
        """Return the hours written as `11:30-22:00 daily`."""
        span, _, days = text.partition(" ")
        start, end = (
            int(hour) * 60 + int(minute)
            for hour, minute in (clock.split(":") for clock in span.split("-"))
        )
        return cls(start, end, days)


def sorts(rows: Mapping[str, Sequence[Sequence[str]]]) -> dict[str, tuple[PlaceType, ...]]:
    """Return the sorts of place of each kind."""
    return {kind: tuple(PlaceType(*row) for row in rows[kind]) for kind in rows}


WEST_TYPES, CHINA_TYPES = sorts(WORDS["types"]["west"]), sorts(WORDS["types"]["china"])
OPENING_HOURS = {
    kind: tuple(map(Hours.of, texts)) for kind, texts in WORDS["opening_hours"].items()
}
STREET_STEMS, STREET_TYPES = WORDS["street_stems"], WORDS["street_types"]
CHINESE_STREETS = WORDS["chinese_streets"]
CHINESE_STEMS, HOUSEHOLD_STEMS = WORDS["chinese_stems"], WORDS["household_stems"]
CHINESE_PEOPLE, SURNAMES, TOPONYMS = WORDS["chinese_people"], WORDS["surnames"], WORDS["toponyms"]
SECOND_WORDS, CHAIN_NAMES = WORDS["second_words"], WORDS["chain_names"]
NOTES: Mapping[str, tuple[Bilingual, ...]] = WORDS["notes"]


def types_of(kind: str, city: City) -> tuple[PlaceType, ...]:
    """Return the sorts of place of a kind that a city has."""
    return (CHINA_TYPES if city.country == "cn" else WEST_TYPES)[kind]


@dataclass
class Place:
    """One real-world place and everything a description of it may mention."""

    kind: str
    sort: PlaceType
    names: Names
    city: City
    district: Bilingual
    street: Bilingual
    number: int
    cross: Bilingual
    phone: str
    hours: Hours | None
    year: int
    unit: tuple[int, int] | None
    notes: list[Bilingual] = field(default_factory=list)
    inside: Place | None = None

    @property
    def post_code(self) -> str:
        """The partial post code, the same all over a district; empty in China."""
        area = self.city.districts.index(self.district) + 3
        endings = {"uk": f"{area * 2}", "au": f"{area:02d}", "us": f"{area}1", "ca": f"{area}K"}
        ending = endings.get(self.city.country)
        return self.city.post_code + ending if ending else ""


class PhoneBook:
    """Hands out each phone number once, from ranges that reach no subscriber."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.used: set[str] = set()

    def new_number(self, city: City) -> str:
        """Return an unused number as space-separated digit groups, area code first."""
        while True:
            number = self._draw(city)
            if number not in self.used:
                self.used.add(number)
                return number

    def _draw(self, city: City) -> str:
        code = self.rng.choice(city.phone_codes)
        if city.country == "uk":
            return f"{code} 0{self.rng.randrange(1000):03d}"
        if city.country == "au":
            return f"{code} {self.rng.randrange(10000):04d}"
        if city.country in ("us", "ca"):
            return f"{code} 01{self.rng.randrange(100):02d}"
        return f"{code} 9{self.rng.randrange(1000):03d} {self.rng.randrange(10000):04d}"


def abbreviate(text: str) -> str:
    """Shorten street and place words such as Street or Centre."""
    for word, short in WORDS["abbreviations"].items():
        text = re.sub(rf"\b{word}\b", short, text)
    return text


HIGHER_EDUCATION = ("university", "college", "vocational college")


class World:
    """Invents places that do not repeat names, phone numbers or street addresses."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.phones = PhoneBook(rng)
        self.used: set[str] = set()

    def new_place(
        self,
        kind: str,
        city: City,
        *,
        sort: PlaceType | None = None,
        names: Names | None = None,
        at: Place | None = None,
        number: int | None = None,
        district: Bilingual | None = None,
        unit: tuple[int, int] | None = None,
        phone: str | None = None,
        note_count: int = 4,
    ) -> Place:
        """Invent one place, at another one's address if given; the rest is drawn at random."""
        rng = self.rng
        sort = sort or rng.choice(types_of(kind, city))
        if at:
            street, district = at.street, at.district
            number = number or at.number
        else:
            street, number = self.new_address(city)
        place = Place(
            kind=kind,
            sort=sort,
            names=names or self.new_names(kind, sort, city),
            city=city,
            district=district or rng.choice(city.districts),
            street=street,
            number=number,
            cross=self.draw_street(city, street),
            phone=self.phones.new_number(city) if phone is None else phone,
            hours=rng.choice(OPENING_HOURS[kind]) if kind in OPENING_HOURS else None,
            year=rng.randrange(1994, 2022),
            unit=unit,
        )
        drawn = rng.sample(NOTES[kind], min(note_count, len(NOTES[kind])))
        place.notes = self.fill_notes(drawn, place)
        return place

    def new_address(self, city: City) -> tuple[Bilingual, int]:
        """Draw a street and a house number nobody has yet."""
        while True:
            street = self.draw_street(city)
            number = self.rng.choice((self.rng.randrange(2, 60), self.rng.randrange(10, 400)))
            key = f"{city.en} {street[0]} {number}"
            if key not in self.used:
                self.used.add(key)
                return street, number

    def draw_street(self, city: City, other_than: Bilingual = ("", "")) -> Bilingual:
        """Draw a street with another name than the given one."""
        while True:
            if city.country == "cn":
                zh, en = self.rng.choice(CHINESE_STREETS)
            else:
                en, zh = f"{self.rng.choice(STREET_STEMS)} {self.rng.choice(STREET_TYPES)}", ""
            if en != other_than[0]:
                return en, zh

    def fill_notes(self, notes: Sequence[Bilingual], place: Place) -> list[Bilingual]:
        """Fill the slots of some remarks with the same values in both languages."""
        values = self.note_values(place)
        return [(en.format(**values), zh.format(**values)) for en, zh in notes]

    def note_values(self, place: Place) -> dict[str, object]:
        """Draw the numbers and names that remarks about a place may mention."""
        rng = self.rng
        chinese = place.city.country == "cn"
        person = rng.choice(CHINESE_PEOPLE) if chinese else (rng.choice(SURNAMES), "")
        money = CURRENCY[place.city.country]
        amount = rng.randrange(18, 46) if chinese else rng.randrange(9, 19)
        rate = rng.choice((3, 4, 5, 6, 8, 10)) if chinese else rng.choice((2, 3, 4, 5))
        first = rng.randrange(9, 15)
        last = first + rng.randrange(5, 15)
        return {
            "small": rng.randrange(3, 13) * 5,
            "few": rng.randrange(2, 9),
            "low": rng.randrange(3, 9),
            "levels": rng.randrange(4, 7),
            "deep": rng.randrange(2, 5),
            "first": first,
            "last": last,
            "tall": last + rng.randrange(2, 12),
            "rooms": rng.randrange(14, 180),
            "shops": rng.randrange(40, 210),
            "spaces": rng.randrange(40, 600),
            "height": rng.choice(("1.9", "2.0", "2.1", "2.2")),
            "pupils": rng.randrange(18, 160) * (100 if place.sort.noun in HIGHER_EDUCATION else 10),
            "beds": rng.randrange(8, 90) * 10,
            "year": place.year,
            "later": rng.randrange(place.year + 1, 2024),
            "person": person[0],
            "person_zh": person[1],
            "cross": place.cross[0],
            "cross_zh": place.cross[1],
            "price": f"{money}{amount}",
            "price_zh": f"{amount}元",
            "rate": f"{money}{rate}",
            "rate_zh": f"{rate}元",
        }

    def new_names(self, kind: str, sort: PlaceType, city: City) -> Names:
        """Invent names nobody has yet, in every language used for the city."""
        while True:
            names = self.draw_names(kind, sort, city)
            key = names.get("zh", names["en"])[0]
            if key not in self.used:
                self.used.add(key)
                return names

    def draw_names(self, kind: str, sort: PlaceType, city: City) -> Names:
        """Invent names that may exist already."""
        if city.country == "cn":
            return self.chinese_names(kind, sort)
        return self.western_names(kind, sort)

    def western_names(self, kind: str, sort: PlaceType) -> Names:
        """Invent an English name with its short forms."""
        stem = self.western_stem(kind)
        full = f"{stem} {sort.suffix}"
        variants = [full, full, abbreviate(full)]
        if kind in ("restaurant", "hotel", "shop"):
            variants.append(stem)
        if sort.suffix in ("Hotel", "Café"):
            variants.append(f"{sort.suffix} {stem}")
        if sort.suffix == "University":
            variants.append(f"University of {stem}")
        if sort.suffix in ("High School", "Primary School"):
            variants.append(full.removesuffix(" School"))
        return {"en": tuple(variants)}

    def western_stem(self, kind: str) -> str:
        """Invent what an English name begins with."""
        rng = self.rng
        if kind == "parking" and chance_of(rng, 0.7):
            return f"{rng.choice(STREET_STEMS)} {rng.choice(STREET_TYPES)}"
        if kind == "clinic":
            return rng.choice(TOPONYMS + SURNAMES)
        return self.brand() if kind in ("restaurant", "hotel", "shop") else rng.choice(TOPONYMS)

    def brand(self) -> str:
        """Invent an English brand."""
        rng = self.rng
        brands = (
            f"{rng.choice(WORDS['first_words'])} {rng.choice(SECOND_WORDS)}",
            " & ".join(rng.sample(SECOND_WORDS, 2)),
            f"The {rng.choice(SECOND_WORDS)}",
            f"{rng.choice(SURNAMES)}'s",
            " & ".join(rng.sample(SURNAMES, 2)),
            rng.choice(CHAIN_NAMES),
        )
        return rng.choices(brands, (45, 10, 10, 18, 9, 8))[0]

    def chinese_names(self, kind: str, sort: PlaceType) -> Names:
        """Invent a Chinese name with its English forms."""
        rng = self.rng
        stems = CHINESE_STEMS + HOUSEHOLD_STEMS * 2 if kind == "restaurant" else CHINESE_STEMS
        zh, pinyin, meaning = rng.choice(stems)
        if kind == "parking":
            zh, pinyin = rng.choice(CHINESE_STREETS)
            meaning = pinyin
        if (
            kind in ("restaurant", "hotel")
            and (zh, pinyin, meaning) in CHINESE_STEMS
            and chance_of(rng, 0.55)
        ):
            tail, tail_pinyin = rng.choice(WORDS["name_tails"])
            zh, pinyin = zh + tail, pinyin + tail_pinyin
        full = f"{zh}{sort.suffix_zh}"
        translated = kind not in ("school", "hospital", "industrial") and chance_of(rng, 0.35)
        english = f"{meaning if translated else pinyin} {sort.suffix}"
        return {
            "zh": (full, full, zh if kind == "restaurant" else full),
            "en": (english, english, f"{english} ({full})", f"{pinyin} {sort.suffix} ({zh})"),
        }
