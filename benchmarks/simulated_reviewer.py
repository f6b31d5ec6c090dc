"""A reviewer who works over the app's own websocket, without a browser to draw anything."""

from __future__ import annotations

import json
import random
import threading
import time
from urllib.parse import urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

# The id under which a component of Streamlit's second kind sends what happened.
TRIGGER = "$$STREAMLIT_INTERNAL_KEY_{}__events"


class SimulatedReviewer(threading.Thread):
    """Opens Review and keeps every label, with a pause of some seconds before each.

    Parameters
    ----------
    address : of the server, such as http://127.0.0.1:8501.
    pause : seconds before each decision, at least and at most.
    """

    def __init__(self, address: str, name: str, pause: tuple[float, float]) -> None:
        super().__init__(daemon=True, name=name)
        self.stream = address.replace("http", "ws") + "/_stcore/stream"
        self.query = urlencode({"reviewer": name, "show": "unreviewed"})
        self.pause = pause
        self.seconds: list[float] = []
        """How long the server took for each decision."""
        self.stopped = threading.Event()
        self._page = ""
        self._component = self._fragment = ""
        self._card: dict[str, str] = {}

    def run(self) -> None:
        """Work until `stop`."""
        rng = random.Random(self.name)
        with connect(self.stream, max_size=None, subprotocols=["streamlit"]) as stream:
            self._rerun(stream)
            while not self.stopped.wait(rng.uniform(*self.pause)):
                began = time.perf_counter()
                self._rerun(stream, keep=True)
                self.seconds.append(time.perf_counter() - began)

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
        stream.send(message.SerializeToString())
        while not self._finished(stream.recv()):
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
        elif kind == "delta" and message.delta.new_element.WhichOneof("type") == "exception":
            raise RuntimeError(message.delta.new_element.exception.message)
        return kind == "script_finished"
