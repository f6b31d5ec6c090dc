from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

from labelviz.ui.ticks import BEGINS_IN, LONGEST_READ, PRESSES, Tab, Ticks
from tests.ui.test_door import run

ENDED = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)


def asks(page: str = "review", *, tick: bool = False, part: str = "", **widgets: Any) -> bytes:
    message = BackMsg()
    state = message.rerun_script
    state.fragment_id = part
    state.page_script_hash, state.is_auto_rerun = page, tick
    state.query_string = "sample=7"
    state.widget_states.SetInParent()
    for kind, value in widgets.items():
        widget = state.widget_states.widgets.add(id=kind)
        setattr(widget, kind, value)
    return bytes(message.SerializeToString())


def begins(page: str = "review", *parts: str) -> bytes:
    message = ForwardMsg()
    message.metadata.run.fragment_ids.extend(parts)
    message.new_session.page_script_hash = page
    return bytes(message.SerializeToString())


def looks(*parts: str) -> list[bytes]:
    """What tells a browser that these look again by themselves."""
    messages = [ForwardMsg() for _ in parts]
    for message, part in zip(messages, parts, strict=True):
        message.auto_rerun.fragment_id = part
    return [bytes(each.SerializeToString()) for each in messages]


def leads_to(page: str) -> bytes:
    message = ForwardMsg()
    message.navigation.page_script_hash = page
    return bytes(message.SerializeToString())


def ends(how: Any = ForwardMsg.FINISHED_SUCCESSFULLY) -> bytes:
    return bytes(ForwardMsg(script_finished=how).SerializeToString())


PARTS = ("", "chip", "watch", "company")


def tab(*told: bytes) -> Tab:
    """A tab that shows a page whose parts look again, and was told this since."""
    made = Tab()
    for each in (begins(), *looks(*PARTS), ends(), *told):
        made.told(each)
    return made


def let_in(at: Tab, said: bytes) -> bytes:
    """What the server gets at once."""
    return at.next_tick() if at.holds(said) else said


def widgets(said: bytes) -> dict[str, Any]:
    state = BackMsg.FromString(said).rerun_script
    assert state.query_string == "sample=7"
    return {each.id: each.WhichOneof("value") for each in state.widget_states.widgets}


def test_a_tick_takes_no_press_along():
    said = asks(tick=True, trigger_value=True, string_value="text", json_trigger_value="{}")
    assert widgets(let_in(tab(), said)) == {"string_value": "string_value"}


def test_whatever_streamlit_calls_a_trigger_is_a_press():
    kinds = {each.name for each in WidgetState.DESCRIPTOR.oneofs_by_name["value"].fields}
    assert {kind for kind in kinds if "trigger" in kind or "chat" in kind} == PRESSES


def test_a_person_s_press_passes_as_it_is():
    said = asks(trigger_value=True, json_trigger_value="{}", string_value="text")
    assert let_in(tab(), said) == said


def test_a_tick_without_a_press_passes_as_it_is():
    said = asks(tick=True, string_value="text", bool_value=True)
    assert let_in(tab(), said) == said


def test_a_tick_of_a_page_that_was_left_leads_nobody_back():
    at = tab(begins("targets"), *looks(""), ends())
    assert let_in(at, asks("review", tick=True)) == b""
    assert let_in(at, asks("targets", tick=True))
    at = tab(begins(""), leads_to("targets"), *looks(""), ends())
    assert let_in(at, asks("", tick=True)) == b""
    assert let_in(at, asks("targets", tick=True))


@pytest.mark.parametrize("how", ENDED)
@pytest.mark.parametrize("own", [[], ["watch"], ["x", "watch"]])
def test_a_tick_waits_for_the_end_of_another(how: Any, own: list[str]):
    at, tick = tab(), asks(tick=True, part="chip")
    assert let_in(at, asks(tick=True, part="watch"))
    for told in (ends(how), begins("review", "other"), ends(how)):
        at.told(told)
        assert let_in(at, tick) == b"", "what came before it ended, not it"
    at.told(begins("review", *own))
    if not own:
        for each in looks("chip"):
            at.told(each)
    assert let_in(at, tick) == b""
    assert not at.free.is_set()
    at.told(ends(how))
    assert at.free.is_set()
    assert at.next_tick() == tick
    assert at.next_tick() == b"", "it is let in once"


@pytest.mark.parametrize("part", ["", "card"])
def test_no_tick_comes_between_what_a_person_asked_for_and_its_end_or_from_it(part: str):
    at, tick = tab(), asks(tick=True, part="chip", string_value="old text")
    assert at.holds(tick)
    pressed = asks(part=part, trigger_value=True, string_value="new text")
    assert let_in(at, pressed) == pressed
    early = ends(ForwardMsg.FINISHED_EARLY_FOR_RERUN)
    for told in (begins("review", *[part][: bool(part)]), early, begins(), *looks("chip"), ends()):
        assert let_in(at, tick) == b""
        at.told(told)
    assert at.next_tick() == b"", "what was said meanwhile is older than what was done"
    assert let_in(at, tick)


def test_a_run_that_leads_elsewhere_ends_what_waits_on_the_page_it_left():
    at, tick = tab(), asks(tick=True, part="chip")
    let_in(at, asks(tick=True, part="watch"))
    assert let_in(at, tick) == b""
    early = ends(ForwardMsg.FINISHED_EARLY_FOR_RERUN)
    for told in (begins("review", "watch"), early, begins("targets"), *looks("chip"), ends()):
        at.told(told)
        assert at.next_tick() == b""
    assert let_in(at, asks("targets", tick=True, part="chip"))


def test_what_no_longer_looks_is_not_asked_for_since_no_run_would_end_it():
    at = tab()
    let_in(at, asks(tick=True, part="chip"))
    assert let_in(at, asks(tick=True, part="watch")) == b""
    for told in (begins("review", "chip"), begins(), *looks("chip"), ends()):
        at.told(told)
    assert at.next_tick() == b"", "the page has no such part any more"
    assert let_in(at, asks(tick=True, part="watch")) == b""
    assert let_in(at, asks(tick=True, part="chip"))


@pytest.mark.parametrize("by_person", [True, False])
def test_what_never_begins_holds_nothing_up_for_ever(monkeypatch, by_person: bool):
    at, tick, now = tab(), asks(tick=True, part="chip"), monotonic()
    assert let_in(at, asks(tick=not by_person, part="watch"))
    monkeypatch.setattr("labelviz.ui.ticks.monotonic", lambda: now + BEGINS_IN)
    assert let_in(at, tick) == b""
    monkeypatch.setattr("labelviz.ui.ticks.monotonic", lambda: now + 2 * BEGINS_IN)
    at.told(begins("review", "other"))
    assert let_in(at, tick) == b"", "something else runs, after which it may begin"
    at.told(ends())
    assert let_in(at, tick) == tick


def test_each_part_that_looks_gets_its_turn_and_waits_once():
    at = tab()
    parts = PARTS[1:]
    for _ in range(2):
        for part in parts:
            assert at.holds(asks(tick=True, part=part))
    for part in parts:
        assert at.next_tick() == asks(tick=True, part=part)
        assert at.next_tick() == b""
        at.told(begins("review", part))
        at.told(ends(ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY))
    assert at.next_tick() == b""


@pytest.mark.parametrize("said", [b"\xff\xff\xff", b"clear", bytes(range(256)), b""])
def test_what_is_no_message_is_the_server_s_to_judge(said: bytes):
    at = tab(said)
    assert not at.holds(said)
    assert let_in(at, asks(tick=True))


def test_other_messages_pass_as_they_are():
    at = tab()
    assert not at.holds(bytes(BackMsg(clear_cache=True).SerializeToString()))
    assert let_in(at, asks(tick=True))


@dataclass
class Server:
    """Says these after the first message, then reads until the browser is gone."""

    says: list[dict[str, Any]] = field(default_factory=list)
    heard: list[dict[str, Any]] = field(default_factory=list)

    async def __call__(self, _: Any, receive: Any, send: Any) -> None:
        self.heard.append(await receive())
        for message in self.says:
            await send(message)
        while not self.heard[-1]["type"].endswith("disconnect"):
            self.heard.append(await receive())


def exchange(kind: str, server: Server, *told: dict[str, Any]) -> list[dict[str, Any]]:
    """What a browser got that told the server this and went."""
    coming, got = iter([*told, {"type": f"{kind}.disconnect"}]), []

    async def receive() -> Any:
        return next(coming)

    async def send(message: Any) -> None:
        got.append(message)

    run(Ticks(server)({"type": kind}, receive, send))
    return got


def test_a_connection_is_read_both_ways():
    told = [begins(), *looks(""), ends(), b"\x00" * (LONGEST_READ + 1)]
    says: list[dict[str, Any]] = [{"type": "websocket.send", "bytes": each} for each in told]
    server = Server([{"type": "websocket.accept"}, *says, {"type": "websocket.send", "text": "x"}])
    connect, words = {"type": "websocket.connect"}, {"type": "websocket.receive", "text": "words"}
    left = {"type": "websocket.receive", "bytes": asks("elsewhere", tick=True)}
    pressed = {"type": "websocket.receive", "bytes": asks(tick=True, trigger_value=True)}
    assert exchange("websocket", server, connect, left, pressed, words) == server.says
    tick = {**pressed, "bytes": asks(tick=True)}
    assert server.heard == [connect, tick, words, {"type": "websocket.disconnect"}]


def test_what_waits_is_let_in_when_the_run_ends_though_the_browser_says_nothing():
    browser: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    heard: list[bytes] = []

    async def server(_: Any, receive: Any, send: Any) -> None:
        for told in (begins(), *looks("chip", "watch"), ends()):
            await send({"type": "websocket.send", "bytes": told})
        heard.append((await receive())["bytes"])
        waits = asyncio.ensure_future(receive())
        await asyncio.wait([waits], timeout=0.05)
        assert not waits.done(), "the tick came into the run"
        for told in (begins("review", "watch"), ends()):
            await send({"type": "websocket.send", "bytes": told})
        heard.append((await waits)["bytes"])

    async def send(_: Any) -> None:
        return

    async def visit() -> None:
        for said in (asks(tick=True, part="watch"), asks(tick=True, part="chip")):
            browser.put_nowait({"type": "websocket.receive", "bytes": said})
        await Ticks(server)({"type": "websocket"}, browser.get, send)
        await asyncio.sleep(0)
        assert len(asyncio.all_tasks()) == 1, "nothing is left that reads"

    run(visit())
    assert heard == [asks(tick=True, part="watch"), asks(tick=True, part="chip")]


def test_nobody_empties_what_the_server_keeps_for_all():
    server = Server([{"type": "websocket.accept"}])
    cleared = {"type": "websocket.receive", "bytes": BackMsg(clear_cache=True).SerializeToString()}
    pressed = {"type": "websocket.receive", "bytes": asks(trigger_value=True)}
    exchange("websocket", server, {"type": "websocket.connect"}, cleared, pressed)
    assert cleared not in server.heard
    assert pressed in server.heard


def test_a_connection_that_breaks_is_told_to_the_server():
    async def server(_: Any, receive: Any, __: Any) -> None:
        with pytest.raises(ConnectionError):
            await receive()

    async def broken() -> Any:
        raise ConnectionError

    async def send(_: Any) -> None:
        return

    run(Ticks(server)({"type": "websocket"}, broken, send))


def test_other_requests_are_not_read():
    told = {"type": "http.request", "bytes": asks("elsewhere", tick=True)}
    server = Server()
    exchange("http", server, told)
    assert server.heard[0] is told
