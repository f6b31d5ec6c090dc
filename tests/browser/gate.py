"""A gate between browser and server, which a test shuts: the network is gone, both ends live on."""

from __future__ import annotations

import contextlib
import socket
import threading


class Gate:
    """Forwards a port of its own to the server's while it is open.

    Parameters
    ----------
    port : the server's.
    """

    def __init__(self, port: int) -> None:
        self._server = port
        self._open = threading.Event()
        self._open.set()
        self._lines: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def shut(self) -> None:
        """Cut every line, and answer nobody."""
        self._open.clear()
        for line in self._lines:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
        self._lines.clear()

    def open(self) -> None:
        """Let everybody through again."""
        self._open.set()

    def close(self) -> None:
        """Shut for good."""
        self.shut()
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                browser, _ = self._listener.accept()
                if not self._open.is_set():
                    browser.close()
                    continue
                with contextlib.suppress(OSError):
                    server = socket.create_connection(("127.0.0.1", self._server))
                    self._lines += [browser, server]
                    for ends in ((browser, server), (server, browser)):
                        threading.Thread(target=_carry, args=ends, daemon=True).start()
                    continue
                browser.close()


def _carry(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while content := source.recv(65536):
            target.sendall(content)
    for end in (source, target):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
