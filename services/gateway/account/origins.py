"""Origins of foreign journal pages as browsers write them: `https://journal.example`."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

ORIGINS_LIMIT = 50
_LABEL = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_ORIGIN = re.compile(rf"(https|http)://({_LABEL}(?:\.{_LABEL})*)(?::([1-9][0-9]{{0,4}}))?")
_DEFAULT_PORTS = {"https": "443", "http": "80"}


def _exact_origin(text: str) -> str:
    parts = _ORIGIN.fullmatch(text)
    if parts is None:
        raise ValueError(
            "not an origin: scheme and host in small ASCII letters, a port if it is not the usual "
            "one, and nothing behind, such as https://journal.example"
        )
    scheme, host, port = parts.groups()
    if scheme == "http" and host != "localhost":
        raise ValueError("over http only localhost is allowed: anybody on the way reads the token")
    if port == _DEFAULT_PORTS[scheme]:
        raise ValueError(f"browsers leave the port {port} of {scheme} out: leave it out too")
    if port is not None and int(port) > 65535:
        raise ValueError("there is no such port")
    return text


Origin = Annotated[str, Field(max_length=300), AfterValidator(_exact_origin)]
"""An origin that can stand in an `Origin` header as it is; no wildcards."""
