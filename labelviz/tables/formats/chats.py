"""Files to fine-tune a chat model with: conversations whose last answer is the label."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from labelviz.errors import FileRefused
from labelviz.tables import hints
from labelviz.tables.columns import Columns
from labelviz.tables.formats.format import Format, Made
from labelviz.tables.llm.answers import (
    LONGEST_CLASS,
    Parsed,
    chosen_key,
    classes_of,
    read_answer,
    take_apart,
)
from labelviz.tables.llm.replies import replies
from labelviz.tables.llm.requests import around, cut_words, prompt_in

HOLD = ("messages", "conversations", "conversation", "contents", "chat", "turns", "dialogue")
SAYS, WHAT = ("role", "from", "speaker"), ("content", "value", "parts", "text")
MODEL = ("assistant", "model", "gpt", "bot", "chatbot")
USER = ("user", "human", "prompter")
PROMPT, COMPLETION = "prompt", "completion"
RECORD = ("recordId", "key")
NO_ANSWER = "the conversation does not end with an answer"
CLASSES = 0.5  # share of the answers that have to be short and not all different, to be classes
ENOUGH = 10  # answers from which on classes have to repeat


def fits_chats(names: Collection[str], first: Mapping[str, Any]) -> bool:
    """One column of turns of a user and a model, and no other label."""
    held = [name for name in HOLD if name in names and _turns(first.get(name))]
    labelled = any(hints.key_of(name) in hints.LABELS for name in names)
    return len(held) == 1 and not labelled and _turns(first[held[0]])[-1][0] in MODEL


def fits_completions(names: Collection[str], _: Mapping[str, Any]) -> bool:
    """Prompts with their completions."""
    labelled = any(hints.key_of(name) in hints.LABELS for name in names)
    return {PROMPT, COMPLETION} <= {*names} and not labelled


def fits_exchanges(names: Collection[str], first: Mapping[str, Any]) -> bool:
    """Results of Vertex AI or Bedrock batches, which hold the requests as well."""
    both = (("request", "response"), ("modelInput", "modelOutput"))
    return "custom_id" not in names and any(
        {*pair} <= {*names} and isinstance(first.get(pair[0]), dict) for pair in both
    )


def read_exchanges(rows: Sequence[tuple[int, dict[str, Any]]]) -> Made:
    """What was asked as text, the class in the answer as label; cut and failed ones set aside.

    Raises
    ------
    FileRefused : the answers name no classes.
    """
    asked, kept, aside = [], [], Made()
    for line, row in rows:
        reply = next(iter(replies(row)), None)
        problem = NO_ANSWER if reply is None else reply.problem
        if reply is None or problem:
            aside.set_aside(line, "response", problem, reply.shown if reply else "")
            continue
        asked.append((line, prompt_in(row), reply.content))
        who = {"model": reply.model} if reply.model else {}
        kept.append({**{name: row[name] for name in RECORD if row.get(name)}, **who})
    made = _labelled(asked, kept)
    made.quarantined += aside.quarantined
    if all("recordId" in row for row in made.rows):
        made.meant = replace(made.meant, id="recordId")
    return made


def read_chats(rows: Sequence[tuple[int, dict[str, Any]]]) -> Made:
    """The user's last turn as text, and the class in the model's answer to it.

    Raises
    ------
    FileRefused : the answers name no classes.
    """
    name = next(each for each in HOLD if _turns(rows[0][1].get(each)))
    asked, kept, aside = [], [], Made()
    for line, row in rows:
        turns = _turns(row.get(name))
        said = [text for who, text in turns if who in USER]
        if not said or turns[-1][0] not in MODEL:
            aside.set_aside(line, name, NO_ANSWER, str(row.get(name)))
            continue
        asked.append((line, said[-1], turns[-1][1]))
        kept.append({k: v for k, v in row.items() if k != name})
    made = _labelled(asked, kept)
    made.quarantined += aside.quarantined
    several = sum(len(_turns(row.get(name))) > len(USER) + 1 for _, row in rows)
    if several:
        made.left_out["conversations have several turns; the last question is the text"] = several
    return made


def read_completions(rows: Sequence[tuple[int, dict[str, Any]]]) -> Made:
    """Prompts without what all of them share as texts, completions as labels.

    Raises
    ------
    FileRefused : the completions name no classes.
    """
    asked = [(n, str(row.get(PROMPT) or ""), str(row.get(COMPLETION) or "")) for n, row in rows]
    kept = [{k: v for k, v in row.items() if k not in (PROMPT, COMPLETION)} for _, row in rows]
    return _labelled(asked, kept)


def _labelled(asked: Sequence[tuple[int, str, str]], kept: Sequence[Mapping[str, Any]]) -> Made:
    """Rows of text and label.

    Parameters
    ----------
    asked : line, prompt and answer.
    kept : what else each row says.
    """
    made = Made()
    parsed = [take_apart(answer) for _, _, answer in asked]
    _check_classes([answer for _, _, answer in asked], parsed)
    key = chosen_key([each.value for each in parsed], "")
    classes = classes_of(parsed, key)
    start, end = around([prompt for _, prompt, _ in asked])
    taken = {name for row in kept for name in row}
    text, label, whole = (
        name if name not in taken else f"chat_{name}" for name in ("text", "label", PROMPT)
    )  # fmt: skip
    several = False
    for (line, prompt, answer), each, row in zip(asked, parsed, kept, strict=True):
        said = read_answer(each, key, classes, named=False)
        if said.problem or not said.names:
            made.set_aside(line, label, said.problem or NO_ANSWER, answer)
            continue
        several |= said.several
        names = list(said.names) if said.several else said.names[0]
        cut = prompt[len(start) : len(prompt) - len(end)]
        made.add(
            line, {text: cut, label: names, **row, **({} if cut == prompt else {whole: prompt})}
        )
    if words := cut_words(start, end):
        made.left_out[f"{words}; the whole is in column {whole!r}"] = len(asked)
    if blanks := sum(answer != answer.strip() for _, _, answer in asked):
        made.left_out["answers have blanks around them, which were taken off"] = blanks
    made.meant = Columns(text=text, label=label, task="multilabel" if several else "")
    return made


def _check_classes(answers: Sequence[str], parsed: Sequence[Parsed]) -> None:
    """Raise FileRefused where answers are texts of their own."""
    short = [each for each in answers if len(each.strip()) <= LONGEST_CLASS]
    objects = sum(isinstance(each.value, dict | list) for each in parsed)
    repeat = len(set(short)) <= CLASSES * len(short) or len(answers) < ENOUGH
    if not objects and (len(short) < CLASSES * len(answers) or not repeat):
        raise FileRefused(
            "The file holds conversations whose answers are texts of their own, no classes.",
            remedy="Give a file whose answers name a class, or one with a column of labels.",
        )


def _turns(value: Any) -> list[tuple[str, str]]:
    """Who said what; nothing where a value is no conversation."""
    turns = []
    for each in value if isinstance(value, list) else []:
        who = next((each[k] for k in SAYS if k in each), None) if isinstance(each, dict) else None
        what = next((each[k] for k in WHAT if k in each), None) if who is not None else None
        if not isinstance(what, str | list):
            return []
        turns.append((str(who).lower(), _text(what)))
    return turns


def _text(content: str | list[Any]) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(str(part.get("text", "")) for part in content if isinstance(part, dict))


EXCHANGES = Format("Vertex AI or Bedrock", fits_exchanges, read_exchanges)
CHATS = Format("whoever trains a chat model", fits_chats, read_chats)
COMPLETIONS = Format("whoever trains a language model", fits_completions, read_completions)
