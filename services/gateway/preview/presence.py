"""Tells whether a client still waits: who types on gives up the preview of what stood there before."""

import socket
from collections.abc import Mapping
from typing import Any


def is_waiting(environ: Mapping[str, Any]) -> bool:
    """Whether the connection of a request is still open; True where the server does not show it."""
    connection = environ.get("gunicorn.socket")
    # An encrypted one is of another class and cannot be looked into.
    if type(connection) is not socket.socket:
        return True
    try:
        # A closed connection has nothing to read, an open one makes us wait for it.
        return connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) != b""
    except BlockingIOError:
        return True
    except ConnectionError:
        return False
