"""Cache: what a model said about a text is computed once, and outlives a run that was stopped.

    <folder>/<plan>.rows    a plan that was finished
    <folder>/<plan>.part    the plan under way; every batch is added when it is done
    <folder>/lock           held while a plan is under way

A plan is the inputs that were missing when it began, and how they are cut into batches. A batch is
kept whole or not at all, and a plan that was stopped goes on with the batches it still lacks, so no
number ever depends on where it was stopped. Only numbers are read, never objects.
"""

from __future__ import annotations

import hashlib
import json
import os
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from labelviz.core.arrays import Integers, Strings
from labelviz.core.files import not_written, sync
from labelviz.errors import JobRefused, WorkspaceRefused
from labelviz.processes import let_go, take

Keys = npt.NDArray[np.bytes_]  # (N,) of 16 bytes each
Logits = npt.NDArray[np.float32]
KEY = np.dtype("S16")
MAGIC = b"LVZ1"
HEAD = 12  # bytes before each frame: the magic, its length and its CRC-32, little-endian


@dataclass(frozen=True, eq=False)
class Inputs:
    """The distinct inputs of a dataset, in an order that depends on nothing but themselves.

    Parameters
    ----------
    keys : (U,) their hashes, sorted.
    rows : (U,) a sample that shows each.
    of : (N,) the input of each sample.
    """

    keys: Keys
    rows: Integers
    of: Integers


def distinct_inputs(texts: Sequence[Strings]) -> Inputs:
    """Find the samples that show a model the same."""
    digests = bytearray()
    for sides in zip(*texts, strict=True):
        digest = hashlib.blake2b(digest_size=16)
        for side in sides:
            data = side.encode("utf-8", "surrogatepass")
            digest.update(len(data).to_bytes(8, "little") + data)
        digests += digest.digest()
    keys, rows, of = np.unique(
        np.frombuffer(bytes(digests), KEY), return_index=True, return_inverse=True
    )
    return Inputs(keys, rows.astype(np.int64), of.astype(np.int64))


@dataclass(frozen=True)
class Shelf:
    """Everything that is kept of one model in one precision.

    Parameters
    ----------
    folder : its folder, made when first needed.
    outputs : numbers per input.
    """

    folder: Path
    outputs: int

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other runs out.

        Raises
        ------
        JobRefused : another run with the same model is under way. WorkspaceRefused : the folder
            cannot be written.
        """
        try:
            held = take(self.folder / "lock", wait=False)
        except BlockingIOError as error:
            raise JobRefused(
                "Another prediction with this model is running in this workspace.",
                where=str(self.folder),
                remedy="Wait until it ends, or cancel it.",
            ) from error
        except OSError as error:
            raise not_written(self.folder, error) from error
        try:
            yield
        finally:
            let_go(held)

    def missing(self, keys: Keys) -> Integers:
        """Which of the sorted `keys` nothing is kept of."""
        return np.flatnonzero(~np.isin(keys, self._kept()[0]))

    def logits(self, keys: Keys) -> Logits:
        """(U, outputs) what is kept of inputs; all must be there."""
        kept, logits = self._kept()
        order = np.argsort(kept, kind="stable")
        places = np.searchsorted(kept, keys, sorter=order)
        if (places == len(kept)).any() or (kept[order[places]] != keys).any():
            raise ValueError("nothing is kept of one of these inputs")
        found: Logits = logits[order[places]]
        return found

    def notes(self) -> list[Any]:
        """What each finished plan was begun with."""
        return [_read(file, self.outputs).note for file in self._files("rows")]

    def stopped(self, keys: Keys, budget: int) -> Plan | None:
        """The plan for these inputs that was stopped, if there is one."""
        path = self._part(keys, budget)
        frames = _read(path, self.outputs) if path.exists() else None
        if frames is None or frames.size == 0:
            return None
        os.truncate(path, frames.size)
        return Plan(path, frames.keys, frames.note)

    def begin(self, keys: Keys, budget: int, note: Any) -> Plan:
        """Begin a plan to compute inputs; `note` is kept with it, as JSON."""
        plan = Plan(self._part(keys, budget), np.empty(0, KEY), note)
        plan.path.unlink(missing_ok=True)
        plan.write(json.dumps(note).encode())
        return plan

    def absorb_others(self, keys: Keys, budget: int) -> bool:
        """Keep the batches of a stopped plan for other inputs; whether there was one."""
        mine = self._part(keys, budget)
        others = [file for file in self._files("part") if file != mine]
        for file in others:
            os.truncate(file, _read(file, self.outputs).size)
            _finish(file)
        return bool(others)

    def _part(self, keys: Keys, budget: int) -> Path:
        return self.folder / f"{plan_name(keys, budget)}.part"

    def _files(self, suffix: str) -> list[Path]:
        return sorted(self.folder.glob(f"*.{suffix}"))

    def _kept(self) -> tuple[Keys, Logits]:
        frames = [_read(file, self.outputs) for file in self._files("rows")]
        keys = np.concatenate([np.empty(0, KEY), *(each.keys for each in frames)])
        empty = np.empty((0, self.outputs), np.float32)
        return keys, np.concatenate([empty, *(each.logits for each in frames)])


@dataclass(frozen=True, eq=False)
class Plan:
    """A plan under way.

    Parameters
    ----------
    path : its file.
    keys : of the inputs in the batches that were there when it was taken up.
    note : what it was begun with.
    """

    path: Path
    keys: Keys
    note: Any

    @property
    def done(self) -> int:
        """How many those are."""
        return len(self.keys)

    def add(self, keys: Keys, logits: Logits) -> None:
        """Keep a batch."""
        self.write(keys.tobytes() + np.ascontiguousarray(logits, "<f4").tobytes())

    def write(self, payload: bytes) -> None:
        """Add a frame.

        Raises
        ------
        WorkspaceRefused : the disk does not take it.
        """
        try:
            with self.path.open("ab") as file:
                file.write(_frame(payload))
        except OSError as error:
            raise WorkspaceRefused(
                f"The cache of predictions cannot be written: {error.strerror or error}.",
                where=str(self.path),
                safe="The batches before are kept.",
                remedy="Check the disk and run the same again; it goes on where it stopped.",
            ) from error

    def finish(self) -> None:
        """Make the plan part of what is kept."""
        _finish(self.path)


def plan_name(keys: Keys, budget: int) -> str:
    """16 hex digits that change with any input, and with how batches are cut."""
    return hashlib.blake2b(keys.tobytes() + budget.to_bytes(8, "little"), digest_size=8).hexdigest()


def _finish(path: Path) -> None:
    sync(path)
    path.rename(path.with_suffix(".rows"))
    sync(path.parent)


def _frame(payload: bytes) -> bytes:
    size, check = len(payload), zlib.crc32(payload)
    return MAGIC + size.to_bytes(4, "little") + check.to_bytes(4, "little") + payload


@dataclass(frozen=True, eq=False)
class _Frames:
    """The whole frames at the start of a file, and how many bytes they take."""

    note: Any
    keys: Keys
    logits: Logits
    size: int


def _read(path: Path, outputs: int) -> _Frames:
    """Read up to the first frame that is torn or damaged; what comes after is computed again."""
    data = memoryview(path.read_bytes())
    payloads, place = [], 0
    while place + HEAD <= len(data):
        size, check = (int.from_bytes(data[at : at + 4], "little") for at in (place + 4, place + 8))
        payload = data[place + HEAD : place + HEAD + size]
        known = data[place : place + 4] == MAGIC
        if not known or len(payload) != size or zlib.crc32(payload) != check:
            break
        payloads.append(payload)
        place += HEAD + size
    keys, logits = [np.empty(0, KEY)], [np.empty((0, outputs), np.float32)]
    for payload in payloads[1:]:
        count = len(payload) // (KEY.itemsize + 4 * outputs)
        keys.append(np.frombuffer(payload, KEY, count))
        numbers = np.frombuffer(payload, "<f4", offset=count * KEY.itemsize)
        logits.append(numbers.reshape(count, outputs))
    note = json.loads(bytes(payloads[0])) if payloads else None
    return _Frames(note, np.concatenate(keys), np.concatenate(logits), place)
