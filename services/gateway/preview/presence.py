"""Tells whether a client still waits: who types on gives up the preview of what stood there before."""

import select
import socket
from collections.abc import Mapping
from typing import Any


def is_waiting(environ: Mapping[str, Any]) -> bool:
    """Whether the connection of a request is still open; True where the server does not show it."""
    connection: socket.socket | None = environ.get("gunicorn.socket")
    if connection is None:
        return True
    readable, _, _ = select.select([connection], [], [], 0)
    # A closed connection is readable and has nothing to read.
    return not readable or connection.recv(1, socket.MSG_PEEK) != b""
