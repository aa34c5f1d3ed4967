"""Whether a client still waits is read off its connection, and nothing of what it sent is lost."""

import socket
import struct

from services.gateway.preview.presence import is_waiting


def test_a_client_that_waits_and_one_that_left() -> None:
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            environ = {"gunicorn.socket": ours}
            assert is_waiting(environ)
            theirs.sendall(b"GET")
            assert is_waiting(environ)
            assert ours.recv(3) == b"GET"
        assert not is_waiting(environ)


def test_a_server_that_does_not_show_its_connection() -> None:
    assert is_waiting({})


def test_a_client_that_broke_the_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        theirs = socket.create_connection(server.getsockname())
        ours, _ = server.accept()
        with ours:
            # Closed with a reset instead of an end.
            theirs.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            theirs.close()
            assert not is_waiting({"gunicorn.socket": ours})
