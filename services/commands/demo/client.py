"""Speaks to the demo as its two kinds of client do: a telephone system and a person's browser."""

from collections.abc import Iterator
from typing import Any, Self

import httpx

from services.commands.demo.samples import SampleCall
from services.commands.demo.system import Demo
from shared.errors import Unavailable

TIMEOUT_S = 60


class Client:
    """A client of the demo's API; closes its connections when the block ends."""

    def __init__(self, demo: Demo) -> None:
        self._http = httpx.Client(base_url=f"{demo.address}/api/v1", timeout=TIMEOUT_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()


class TelephoneSystem(Client):
    """Hands calls in with an intake token."""

    def __init__(self, demo: Demo, token: str) -> None:
        super().__init__(demo)
        self._http.headers["Authorization"] = f"Bearer {token}"

    def hand_in(self, call: SampleCall, *, recordings_first: bool) -> None:
        """Send a call and its recordings, in the one order or the other."""
        if recordings_first:
            self._recordings(call)
        _checked(
            self._http.put(f"/sources/{call.source}/contacts/{call.external_id}", json=call.body)
        )
        if not recordings_first:
            self._recordings(call)

    def _recordings(self, call: SampleCall) -> None:
        for recording in call.recordings:
            _checked(
                self._http.put(
                    f"/sources/{call.source}/recordings/{recording.external_id}",
                    params=recording.query,
                    content=recording.path.read_bytes(),
                    headers={"Content-Type": recording.content_type},
                )
            )


class Person(Client):
    """Signs in and reads the journal."""

    def __init__(self, demo: Demo) -> None:
        super().__init__(demo)
        session = _checked(
            self._http.post("/session", json={"login": demo.login, "password": demo.password})
        )
        self._http.headers["X-CSRF-Token"] = session["csrf_token"]

    def put(self, path: str, body: dict[str, Any]) -> Any:
        """Make or change the thing at `path`."""
        return _checked(self._http.put(path, json=body))

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """Add a thing to the list at `path`."""
        return _checked(self._http.post(path, json=body))

    def get(self, path: str, **query: Any) -> Any:
        """Read one answer."""
        return _checked(self._http.get(path, params=query))

    def press_play(self, path: str, **query: Any) -> None:
        """Ask for a sound; without waiting for it where it has to be made first."""
        response = self._http.get(path, params=query)
        if response.is_error:
            _checked(response)

    def pages(self, path: str, **query: Any) -> Iterator[Any]:
        """Read all items of a list, page by page."""
        while True:
            page = self.get(path, **query)
            yield from page["items"]
            if not page.get("next_cursor"):
                return
            query["cursor"] = page["next_cursor"]


def _checked(response: httpx.Response) -> Any:
    if response.is_error:
        raise Unavailable(
            f"{response.request.method} {response.request.url} → {response.status_code}: "
            f"{response.text[:500]}"
        )
    return response.json() if response.content else None
