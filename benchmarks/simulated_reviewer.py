"""A reviewer who works over the app's own websocket, without a browser to draw anything."""

from __future__ import annotations

import random
import re
import threading
import time
from urllib.parse import urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

KEEP = re.compile(r"-keep-\d+$")
"""How the id of a card's Keep button ends."""


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
        self._button = ("", "")

    def run(self) -> None:
        """Work until `stop`."""
        rng = random.Random(self.name)
        with connect(self.stream, max_size=None, subprotocols=["streamlit"]) as stream:
            self._rerun(stream)
            while not self.stopped.wait(rng.uniform(*self.pause)):
                began = time.perf_counter()
                self._rerun(stream, *self._button)
                self.seconds.append(time.perf_counter() - began)

    def stop(self) -> None:
        """Stop after the decision at hand."""
        self.stopped.set()

    def _rerun(self, stream: ClientConnection, button: str = "", fragment: str = "") -> None:
        message = BackMsg()
        asked = message.rerun_script
        asked.query_string, asked.page_script_hash = self.query, self._page
        asked.page_name = "" if self._page else "review"
        asked.fragment_id = fragment
        if button:
            pressed = asked.widget_states.widgets.add()
            pressed.id, pressed.trigger_value = button, True
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
        elif kind == "delta" and message.delta.new_element.WhichOneof("type") == "button":
            button = message.delta.new_element.button.id
            if KEEP.search(button):
                self._button = (button, message.delta.fragment_id)
        return kind == "script_finished"
