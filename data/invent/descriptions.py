"""How a place is described, in English and Chinese, with the accidents of typed text."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from invent.draws import chance_of, shuffled
from invent.phrases import phrases
from invent.places import LANGUAGES, City, Hours, Place, abbreviate

WORDS = phrases("descriptions")

CHINESE_DIGITS = "零一二三四五六七八九十"
PHONE_SHARE = 0.70


@dataclass(frozen=True)
class Record:
    """One written description of a place, with what a reader can compare in it."""

    text: str
    language: str
    place: int
    city: City
    has_address: bool
    has_phone: bool
    subtle: bool


def write_phone(number: str, city: City, rng: random.Random) -> str:
    """Format a phone number in one of the ways people write it."""
    code, *rest = number.split(" ")
    if city.country == "cn":
        local = "".join(rest) if chance_of(rng, 0.75) else " ".join(rest)
        shapes = ("{code}-{local}", "({code}){local}", "{local}", "+86 {short} {local}")
        weights = (80, 8, 7, 5)
    elif city.country in ("us", "ca"):
        local = "-".join(rest)
        shapes = ("({code}) {local}", "{code}-{local}", "{code} {local}", "+1 {code} {local}")
        weights = (35, 45, 13, 7)
    else:
        local = " ".join(rest)
        abroad = "+44 {short} {local}" if city.country == "uk" else "+61 {short} {local}"
        shapes = ("{code} {local}", "({code}) {local}", "{code}-{local}", abroad)
        weights = (65, 18, 9, 8)
    shape = rng.choices(shapes, weights)[0]
    return shape.format(code=code, short=code.lstrip("0"), local=local)


def clock_en(minutes: int, twelve_hours: bool) -> str:
    """Write a time of day the English way."""
    hour, minute = divmod(minutes % 1440, 60)
    if minutes == 1440:
        return "midnight"
    if not twelve_hours:
        return f"{hour}:{minute:02d}"
    suffix = "am" if hour < 12 else "pm"
    return f"{(hour - 1) % 12 + 1}{f':{minute:02d}' if minute else ''}{suffix}"


def write_hours(hours: Hours, language: str, rng: random.Random) -> str:
    """Write opening hours in English or Chinese."""
    return (hours_zh if language == "zh" else hours_en)(hours, rng)


def hours_en(hours: Hours, rng: random.Random) -> str:
    """Write opening hours in English."""
    twelve_hours = chance_of(rng, 0.5)
    opening, closing = clock_en(hours.start, twelve_hours), clock_en(hours.end, twelve_hours)
    span = f"{opening}{rng.choice(('-', '-', ' to ', ' - '))}{closing}"
    day = rng.choice(WORDS["days"]["en"][hours.days])
    if day.startswith(("closed", "not")):
        return f"{span}, {day}"
    return rng.choice((f"{span} {day}", f"{day} {span}", f"{span}, {day}"))


def hours_zh(hours: Hours, rng: random.Random) -> str:
    """Write opening hours in Chinese."""
    start, end = hours.start, hours.end
    day = rng.choice(WORDS["days"]["zh"][hours.days])
    on_the_hour = start % 60 == end % 60 == 0 and end < 1440
    if on_the_hour and chance_of(rng, 0.25):
        span = f"早{start // 60}点到晚{end // 60 - 12}点"
    else:
        dash = rng.choice(("-", "-", "—", "至"))
        span = f"{start // 60}:{start % 60:02d}{dash}{end // 60}:{end % 60:02d}"
    return f"{span}（{day}）" if "休" in day else f"{day}{span}"


def unit_en(floor: int, unit: int, *, by_level: bool, in_mall: bool, rng: random.Random) -> str:
    """Write a floor and unit in English."""
    room = f"{floor}{unit:02d}"
    if not by_level:
        whole_floor = f"{ordinal(floor)} floor"
        return rng.choice(
            (f"Unit {unit}", f"Suite {room}", whole_floor, f"{whole_floor}, Unit {unit}")
        )
    level = rng.choice((f"Level {floor}", f"L{floor}", f"{floor}/F", f"{ordinal(floor)} floor"))
    shop = f"Shop L{floor}-{unit:02d}" if in_mall else f"Rm {room}"
    return rng.choice((level, f"Unit {room}", f"{level}, Unit {unit}", shop))


def unit_zh(floor: int, unit: int, *, in_mall: bool, rng: random.Random) -> str:
    """Write a floor and unit in Chinese."""
    level = rng.choice((f"{floor}楼", f"{floor}层", f"{floor}F", f"{CHINESE_DIGITS[floor]}楼"))
    room = f"{floor}{unit:02d}室"
    if in_mall:
        return rng.choice((level, level, f"L{floor}-{unit:02d}铺", f"{level}{unit:02d}号铺"))
    return rng.choice((level, level, room, f"{level}{room}"))


def ordinal(number: int) -> str:
    """Return an English ordinal such as 2nd."""
    ending = "th" if 10 < number % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def address_en(place: Place, host: str, with_unit: bool, number: int, rng: random.Random) -> str:
    """Write an address in English, leaving out parts but never street or number."""
    city, street = place.city, place.street[0]
    chinese = city.country == "cn"
    line = f"{number} {street}"
    if chinese:
        line = rng.choice((line, f"No. {number} {street}", f"{street} {number}"))
    parts = [abbreviate(line) if chance_of(rng, 0.3) else line]
    if with_unit and place.unit:
        by_level = chinese or place.kind == "clinic" or place.inside is not None
        unit = unit_en(*place.unit, by_level=by_level, in_mall=place.inside is not None, rng=rng)
        parts.insert(0 if chance_of(rng, 0.7) else 1, unit)
    if host:
        parts.insert(rng.randrange(len(parts)), host)
    if chance_of(rng, 0.45):
        parts.append(f"{place.district[0]} District" if chinese else place.district[0])
    if chance_of(rng, 0.7) or len(parts) == 1:
        post_code = place.post_code if chance_of(rng, 0.4) else ""
        parts.append(f"{city.en} {post_code}".strip())
    address = ", ".join(parts)
    if len(parts) < 4 and not place.unit and chance_of(rng, 0.15):
        near = rng.choice((", near {}", ", off {}", ", corner of {}", ", behind {}"))
        address += near.format(place.cross[0])
    return address


def address_zh(place: Place, host: str, with_unit: bool, number: int, rng: random.Random) -> str:
    """Write an address in Chinese, leaving out parts but never street or number."""
    province, city, district = f"{place.city.post_code}省", place.city.zh, f"{place.district[1]}区"
    wholes = (
        "",
        f"{city}市",
        city,
        f"{city}市{district}",
        district,
        f"{province}{city}市{district}",
    )
    address = f"{rng.choice(wholes)}{place.street[1]}{number}号"
    address += host
    if with_unit and place.unit:
        return address + unit_zh(*place.unit, in_mall=place.inside is not None, rng=rng)
    if not place.unit and chance_of(rng, 0.15):
        address += rng.choice(("，近{}", "，靠近{}", "，{}路口")).format(place.cross[1])
    return address


@dataclass
class Facts:
    """The pieces of one description, written in its language; empty pieces are left out."""

    kind: str
    name: str
    noun: str
    measure: str
    address: str
    phone: str
    hours: str
    notes: list[str]
    year: int
    plain: bool


@dataclass(frozen=True)
class Phrasebook:
    """The sentence shapes, labels and punctuation of one language."""

    openings: tuple[str, ...]
    noun_openings: tuple[str, ...]
    name_openings: tuple[str, ...]
    kind_openings: Mapping[str, tuple[str, ...]]
    phone_sentences: tuple[str, ...]
    phone_tags: tuple[str, ...]
    hours_sentences: tuple[str, ...]
    hours_tags: tuple[str, ...]
    named: tuple[str, ...]
    separators: tuple[str, ...]
    field_names: tuple[tuple[str, ...], ...]
    colons: tuple[str, ...]
    field_separators: tuple[str, ...]
    comma: str
    full_stop: str
    sentence_gap: str


ENGLISH, CHINESE = (Phrasebook(**WORDS["phrasebooks"][language]) for language in LANGUAGES)
PHRASEBOOKS = {"en": ENGLISH, "zh": CHINESE}


def article(noun: str) -> str:
    """Put a or an before a noun."""
    return f"{'an' if noun[:1].lower() in tuple('aeiou') else 'a'} {noun}"


def sentence_case(text: str) -> str:
    """Raise the first letter and leave the rest alone."""
    return text[:1].upper() + text[1:]


def vary(shape: str, rng: random.Random) -> str:
    """Choose one of the alternatives in every [this/that] of a sentence shape."""
    varied = re.sub(r"\[([^]]*)\]", lambda match: rng.choice(match[1].split("/")), shape)
    return re.sub(r" +(?=[,.?])|(?<= ) +", "", varied)


def fill(shape: str, facts: Facts) -> str:
    """Fill a sentence shape from the facts."""
    text = shape.format(
        name=facts.name,
        address=facts.address,
        noun=facts.noun,
        Noun=sentence_case(facts.noun),
        a_noun=article(facts.noun),
        phone=facts.phone,
        hours=facts.hours,
        year=facts.year,
        one=f"一{facts.measure}",
        label=WORDS["hours_label_zh"].get(facts.kind, "营业时间"),
    )
    return text.replace("..", ".")


def opening_shapes(facts: Facts, book: Phrasebook) -> tuple[str, ...]:
    """Return the opening sentences that suit the facts."""
    if not facts.address:
        return book.name_openings if facts.noun else book.name_openings[:1]
    shapes = book.openings
    if facts.noun:
        shapes += book.noun_openings
    return shapes if facts.plain else shapes + book.kind_openings.get(facts.kind, ())


def prose(facts: Facts, book: Phrasebook, rng: random.Random) -> str:
    """Write the facts as sentences."""
    details = []
    if facts.phone:
        details.append(fill(rng.choice(book.phone_sentences), facts))
    if facts.hours:
        details.append(fill(rng.choice(book.hours_sentences), facts))
    if book is CHINESE or chance_of(rng, 0.3):
        details += [book.comma.join(facts.notes) + book.full_stop] if facts.notes else []
    else:
        details += [note + book.full_stop for note in facts.notes]
    rng.shuffle(details)
    opening = fill(rng.choice(opening_shapes(facts, book)), facts)
    return book.sentence_gap.join(sentence_case(sentence) for sentence in (opening, *details))


def listing(facts: Facts, book: Phrasebook, rng: random.Random) -> str:
    """Write the facts as a directory line."""
    name = facts.name
    if facts.noun and chance_of(rng, 0.35):
        name = fill(rng.choice(book.named), facts)
    phone = fill(rng.choice(book.phone_tags), facts) if facts.phone else ""
    hours = fill(rng.choice(book.hours_tags), facts) if facts.hours else ""
    details = [part for part in (facts.address, phone, hours, *facts.notes) if part]
    if chance_of(rng, 0.45):
        rng.shuffle(details)
    at = 1 if chance_of(rng, 0.15) and details[:1] == [facts.address] else 0
    details.insert(at, name)
    return rng.choice(book.separators).join(details)


def fields(facts: Facts, book: Phrasebook, rng: random.Random) -> str:
    """Write the facts as labelled fields."""
    name = facts.name
    if facts.noun and chance_of(rng, 0.4):
        name = fill(book.named[0], facts)
    values = (name, facts.address, facts.phone, facts.hours, book.comma.join(facts.notes))
    labels, colon = rng.choice(book.field_names), rng.choice(book.colons)
    pairs = [f"{label}{colon}{value}" for label, value in zip(labels, values, strict=True) if value]
    return rng.choice(book.field_separators).join(pairs)


def scrappy(facts: Facts, book: Phrasebook, rng: random.Random) -> str:
    """Write the facts the way people type them into a search box."""
    address, phone = facts.address, facts.phone
    if book is ENGLISH:
        address = abbreviate(address).replace(",", "")
        phone = phone.replace("-", " ") if chance_of(rng, 0.3) else phone
    parts = [facts.name, address, phone, *(facts.notes[:1] if chance_of(rng, 0.5) else [])]
    if chance_of(rng, 0.2):
        parts[0], parts[1] = parts[1], parts[0]
    text = " ".join(part for part in parts if part)
    return text.lower() if book is ENGLISH and chance_of(rng, 0.75) else text


Style = Callable[[Facts, Phrasebook, random.Random], str]
STYLES: tuple[tuple[Style, float], ...] = (
    (prose, 0.46),
    (listing, 0.32),
    (fields, 0.08),
    (scrappy, 0.14),
)


def mangle(word: str, rng: random.Random) -> str:
    """Swap, drop or double one inner letter of a word."""
    at = rng.randrange(1, len(word) - 2)
    before, letter, following, after = word[:at], word[at], word[at + 1], word[at + 2 :]
    middles = (following + letter, following, letter + letter + following)
    return before + rng.choice(middles) + after


def add_typo(text: str, protected: Iterable[str], rng: random.Random) -> str:
    """Misspell one long word that is not protected."""
    shielded = {word.lower() for phrase in protected for word in re.findall(r"[A-Za-z]+", phrase)}
    found = re.finditer(r"[A-Za-z]?[a-z]{5,}", text)
    words = [match for match in found if match.group().lower() not in shielded]
    if not words:
        return text
    match = rng.choice(words)
    return text[: match.start()] + mangle(match.group(), rng) + text[match.end() :]


FULL_WIDTH_DIGITS = str.maketrans("0123456789", "０１２３４５６７８９")


def add_noise(text: str, language: str, protected: Iterable[str], rng: random.Random) -> str:
    """Add the small accidents of typed text to some descriptions."""
    chance = rng.random()
    if language == "en":
        if chance < 0.12:
            return add_typo(text, protected, rng)
        return text.rstrip(".") if chance < 0.25 else text
    if chance < 0.07:
        options = [typo for typo in WORDS["typos"]["zh"] if typo[0] in text]
        return text.replace(*rng.choice(options), 1) if options else text
    if chance < 0.10:
        return text.translate(FULL_WIDTH_DIGITS)
    if chance < 0.20:
        return re.sub(r"[，。；]", " ", text).strip()
    return text.rstrip("。") if chance < 0.40 else text


@dataclass(frozen=True)
class Options:
    """What a description must or must not hold; None leaves it to chance."""

    name: str = ""
    phone: bool | None = None
    unit: bool | None = None
    address: bool = True
    number: int | None = None
    noun: bool = True
    plain: bool = False
    required_notes: int = 0
    most_notes: int = 2


def chosen_notes(place: Place, side: int, options: Options, rng: random.Random) -> list[str]:
    """Return the required remarks and some of the others, in random order."""
    notes = [note[side] for note in place.notes]
    needed = options.required_notes
    kept = notes[:needed] + [note for note in notes[needed:] if rng.random() < 0.35]
    return shuffled(kept[: max(needed, options.most_notes)], rng)


def gather_facts(place: Place, language: str, options: Options, rng: random.Random) -> Facts:
    """Write the pieces of a description in one language."""
    side = LANGUAGES.index(language)
    phone = rng.random() < PHONE_SHARE if options.phone is None else options.phone
    unit = rng.random() < 0.65 if options.unit is None else options.unit
    names = place.names[language]
    name = options.name or (names[0] if chance_of(rng, 0.6) else rng.choice(names))
    noun = place.sort.noun_zh if language == "zh" else place.sort.noun
    write_address = address_zh if language == "zh" else address_en
    host = place.inside.names[language][0] if place.inside else ""
    host = "" if host in name else host
    return Facts(
        kind=place.kind,
        name=name,
        noun=noun if options.noun and noun.lower() not in name.lower() else "",
        measure=place.sort.measure,
        address=write_address(place, host, unit, options.number or place.number, rng)
        if options.address
        else "",
        phone=write_phone(place.phone, place.city, rng) if place.phone and phone else "",
        hours=write_hours(place.hours, language, rng)
        if place.hours and chance_of(rng, 0.3)
        else "",
        notes=chosen_notes(place, side, options, rng),
        year=place.year,
        plain=options.plain,
    )


def describe(
    place: Place, place_number: int, language: str, options: Options, rng: random.Random
) -> Record:
    """Write one record of a place."""
    facts = gather_facts(place, language, options, rng)
    styles, weights = zip(*STYLES, strict=True)
    style = rng.choices(styles, weights)[0]
    if style is scrappy and (options.required_notes or not options.address):
        style = prose if chance_of(rng, 0.6) else listing
    text = style(facts, PHRASEBOOKS[language], rng)
    return Record(
        text=add_noise(text, language, (facts.name, place.street[0]), rng),
        language=language,
        place=place_number,
        city=place.city,
        has_address=options.address and options.number in (None, place.number),
        has_phone=bool(facts.phone),
        subtle=options.plain,
    )
