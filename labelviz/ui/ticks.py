"""Parts of a page that look again every few seconds, kept out of what is done meanwhile.

Streamlit's browser sends such a look (a tick: a fragment's `run_every`) as if the person had asked
for it: with the press that is on its way in a message of its own, and with the page that it showed
a moment before. The press would be done twice, and who is led to another page would be led back.
So a tick carries no press, and waits until no run is under way. A browser's wish to empty what the
server keeps for everybody goes no further, either.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Final

from google.protobuf.message import DecodeError
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

# Values that a browser sends once, for something that was just done.
PRESSES: Final = frozenset(
    {"trigger_value", "string_trigger_value", "chat_input_value", "json_trigger_value"}
)
BEGINS_IN = 10.0  # seconds, at most, where nothing else runs
LONGEST_READ = 2**18  # bytes; what begins or ends a run is shorter, tables and charts are not


class Ticks:
    """Stands before a Streamlit server (ASGI) and lets ticks in when nothing else goes on.

    Parameters
    ----------
    app : the server behind it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what is no tick as it comes."""
        if scope["type"] != "websocket":
            await self.app(scope, receive, send)
            return
        tab = Tab()
        coming: list[asyncio.Future[Message]] = []

        async def received() -> Message:
            while True:
                tick = tab.next_tick()
                if tick:
                    return {"type": "websocket.receive", "bytes": tick}
                if not coming:
                    coming.append(asyncio.ensure_future(receive()))
                async with _waiting(tab.free) as free:
                    await asyncio.wait([*coming, free], return_when=asyncio.FIRST_COMPLETED)
                if coming[0].done():
                    message = coming.pop().result()
                    said = message.get("bytes") or b""
                    if not tab.holds(said) and not clears(said):
                        return message

        async def sent(message: Message) -> None:
            told = message.get("bytes")
            if told and len(told) <= LONGEST_READ:
                tab.told(told)
            await send(message)

        try:
            await self.app(scope, received, sent)
        finally:
            for each in coming:
                each.cancel()


def clears(said: bytes) -> bool:
    """Whether a serialized `BackMsg` empties what the server keeps for everybody.

    Streamlit does so for any visitor; no page of ours asks for it.
    """
    message: BackMsg | None = _parsed(BackMsg, said)
    return message is not None and message.WhichOneof("type") == "clear_cache"


class Tab:
    """One tab of a browser: the page it was led to, what the server does for it, what waits.

    Attributes
    ----------
    free : set when a run has ended, so that a tick may be let in.
    """

    def __init__(self) -> None:
        self.free = asyncio.Event()
        self._page = ""
        self._live: set[str] = set()  # fragments of the page that look again
        self._runs = False
        self._asked: _Asked | None = None
        self._ticks: dict[str, BackMsg] = {}

    def told(self, said: bytes) -> None:
        """Take note of a serialized `ForwardMsg` on its way to the browser."""
        message: ForwardMsg | None = _parsed(ForwardMsg, said)
        kind = message.WhichOneof("type") if message else None
        if message and kind == "new_session":
            self._begins(message.new_session.page_script_hash, message.metadata.run.fragment_ids)
        elif message and kind == "navigation":
            self._page = message.navigation.page_script_hash
        elif message and kind == "auto_rerun":
            self._live.add(message.auto_rerun.fragment_id)
        elif message and kind == "script_finished":
            self._runs = False
            goes_on = message.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN
            if self._asked and self._asked.begun and not goes_on:
                self._asked = None
                self.free.set()

    def _begins(self, page: str, fragments: Collection[str]) -> None:
        self._page, self._runs = page, True
        if not fragments:  # the browser sets its clocks anew
            self._live.clear()
            self._ticks.clear()
        if self._asked:
            self._asked.begun = not fragments or self._asked.fragment in fragments

    def holds(self, said: bytes) -> bool:
        """Whether a serialized `BackMsg` is a tick, which waits here for its turn.

        A tick says what the browser knew when it was sent. What comes while something is done for a
        person is forgotten, since that may change what it says; the browser soon looks again.
        """
        message: BackMsg | None = _parsed(BackMsg, said)
        if not message or message.WhichOneof("type") != "rerun_script":
            return False
        state = message.rerun_script
        if not state.is_auto_rerun:
            self._ticks.clear()
            self._asked = _Asked(state.fragment_id, by_person=True)
            return False
        self._give_up()
        if not (self._asked and self._asked.by_person):
            self._ticks[state.fragment_id] = message
        return True

    def next_tick(self) -> bytes:
        """The tick that waits longest, of a fragment that is there; empty while there is a run."""
        self.free.clear()
        while self._ticks and self._asked is None:
            message = self._ticks.pop(next(iter(self._ticks)))
            state = message.rerun_script
            if state.page_script_hash == self._page and state.fragment_id in self._live:
                _without_presses(state)
                self._asked = _Asked(state.fragment_id, by_person=False)
                return bytes(message.SerializeToString())
        return b""

    def _give_up(self) -> None:
        """Forget what was asked for and never begun: a fragment that is gone has no run."""
        asked = self._asked
        if asked and not asked.begun and not self._runs and monotonic() - asked.at > BEGINS_IN:
            self._asked = None


@dataclass
class _Asked:
    """What the server was asked to run: a fragment, or the page where it is empty."""

    fragment: str
    by_person: bool
    begun: bool = False
    at: float = field(default_factory=monotonic)


@asynccontextmanager
async def _waiting(event: asyncio.Event) -> AsyncIterator[asyncio.Future[Any]]:
    waits = asyncio.ensure_future(event.wait())
    try:
        yield waits
    finally:
        waits.cancel()


def _without_presses(state: ClientState) -> None:
    widgets = state.widget_states.widgets
    kept = [widget for widget in widgets if widget.WhichOneof("value") not in PRESSES]
    if len(kept) < len(widgets):
        del widgets[:]
        widgets.extend(kept)


def _parsed(kind: type[BackMsg] | type[ForwardMsg], said: bytes) -> Any:
    """The message; None where it is none of this kind."""
    try:
        return kind.FromString(said)
    except DecodeError:
        return None
