"""A reviewer who works over the app's own websocket, without a browser to draw anything."""

from __future__ import annotations

import json
import random
import re
import ssl
import threading
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

PATIENCE = 60.0  # seconds until an answer is given up
TOLD = "This card is with|has this card open too"
ERROR = r'<strong class="lv-error"[^>]*>(.*?)</strong>'

# The id under which a component of Streamlit's second kind sends what happened.
TRIGGER = "$$STREAMLIT_INTERNAL_KEY_{}__events"


@dataclass
class Seen:
    """One card on a reviewer's screen.

    Parameters
    ----------
    opened, left : when it came, and when the reviewer pressed; by `time.time`.
    saved : whether the page said that the decision was saved.
    told : whether the page said that somebody else is at the card.
    """

    sample: str
    operation: str
    opened: float
    left: float
    saved: bool = False
    told: bool = False


class SimulatedReviewer(threading.Thread):
    """Opens Review and keeps every label, with a pause of some seconds before each.

    Where the connection is cut it comes again, as a browser does, and goes on with the card that it
    is shown then.

    Parameters
    ----------
    address : of the server, such as http://127.0.0.1:8501.
    pause : seconds before each decision, at least and at most.
    headers : sent when it comes, such as those that say who it is.
    certificate : whom to trust, where the address is https.
    """

    def __init__(
        self,
        address: str,
        name: str,
        pause: tuple[float, float],
        headers: dict[str, str] | None = None,
        certificate: Path | None = None,
    ) -> None:
        super().__init__(daemon=True, name=name)
        self.stream = address.replace("http", "ws", 1) + "/_stcore/stream"
        self.query = urlencode({"reviewer": name, "show": "unreviewed"})
        self.pause = pause
        self.headers = headers
        self.trust = None if certificate is None else ssl.create_default_context(cafile=certificate)
        self.seconds: list[float] = []
        """How long the server took for each decision that was saved."""
        self.seen: list[Seen] = []
        self.troubles: Counter[str] = Counter()
        """What cut the connection or was shown as an error, and how often."""
        self.stopped = threading.Event()
        self._page = ""
        self._component = self._fragment = ""
        self._card: dict[str, str] = {}
        self._saved: set[str] = set()
        self._told = False

    def run(self) -> None:
        """Work until `stop`."""
        rng = random.Random(self.name)
        while not self.stopped.wait(rng.uniform(0, 1)):
            try:
                self._work(rng)
            except Exception as error:  # counted, and shown in the table
                self.troubles[type(error).__name__] += 1

    def _work(self, rng: random.Random) -> None:
        """One connection, until it is cut."""
        coming = connect(
            self.stream, max_size=None, subprotocols=[Subprotocol("streamlit")], ssl=self.trust,
            additional_headers=self.headers, open_timeout=PATIENCE,
        )  # fmt: skip
        with coming as stream:
            self._page = ""
            self._rerun(stream)
            self._note_card()
            while not self.stopped.wait(rng.uniform(*self.pause)):
                card = self.seen[-1]
                began, card.left = time.perf_counter(), time.time()
                self._rerun(stream, keep=True)
                card.saved = card.sample in self._saved
                if card.saved:
                    self.seconds.append(time.perf_counter() - began)
                self._note_card()

    def _note_card(self) -> None:
        """The card that is shown now; the last one where it is still there."""
        now = time.time()
        if self.seen and self.seen[-1].operation == self._card["operation"]:
            self.seen[-1].left = now
            return
        if self.seen and not self.seen[-1].saved:
            self.seen[-1].saved = self.seen[-1].sample in self._saved
        sample, operation = self._card["sample"], self._card["operation"]
        self.seen.append(Seen(sample, operation, now, now, told=self._told))

    def stop(self) -> None:
        """Stop after the decision at hand."""
        self.stopped.set()

    def _rerun(self, stream: ClientConnection, *, keep: bool = False) -> None:
        message = BackMsg()
        asked = message.rerun_script
        asked.query_string, asked.page_script_hash = self.query, self._page
        asked.page_name = "" if self._page else "review"
        if keep:
            asked.fragment_id = self._fragment
            shown, pressed = (asked.widget_states.widgets.add() for _ in range(2))
            shown.id, shown.json_value = self._component, "{}"
            pressed.id = TRIGGER.format(self._component)
            said = self._card | {"note": "", "verdict": "keep"}
            pressed.json_trigger_value = json.dumps([{"event": "decide", "value": said}])
        self._told = False
        stream.send(message.SerializeToString())
        while not self._finished(stream.recv(PATIENCE)):
            pass

    def _finished(self, received: str | bytes) -> bool:
        message = ForwardMsg()
        message.ParseFromString(received if isinstance(received, bytes) else received.encode())
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self._page = message.new_session.page_script_hash
        elif kind == "page_info_changed":
            self.query = message.page_info_changed.query_string
        elif kind == "delta" and message.delta.new_element.WhichOneof("type") == "bidi_component":
            component = message.delta.new_element.bidi_component
            data = json.loads(component.json)
            if "operation" in data:
                self._component, self._fragment = component.id, message.delta.fragment_id
                self._card = {name: data[name] for name in ("sample", "operation", "texts")}
                self._saved = {each["sample"] for each in data["recent"]}
        elif kind == "delta" and message.delta.new_element.WhichOneof("type") == "exception":
            self.troubles[message.delta.new_element.exception.message] += 1
        elif kind == "delta" and message.delta.new_element.WhichOneof("type") == "html":
            drawn = message.delta.new_element.html.body
            self._told = self._told or bool(re.search(TOLD, drawn))
            for words in re.findall(ERROR, drawn):
                self.troubles[words] += 1
        return kind == "script_finished"
