"""Which origins an account may allow: exactly what a browser writes into its Origin header."""

import pytest

from services.gateway.account.schemas import AccountPatch
from shared.errors import InvalidInput
from shared.http.body import validated


@pytest.mark.parametrize(
    "origin",
    [
        pytest.param("https://journal.example", id="host"),
        pytest.param("https://journal.example:8443", id="port"),
        pytest.param("https://10.0.0.7", id="address"),
        pytest.param("https://xn--80aesfpebagmfblc0a.xn--p1ai", id="cyrillic-as-sent"),
        pytest.param("http://localhost:3000", id="localhost"),
        pytest.param("http://localhost", id="localhost-port-80"),
    ],
)
def test_taken(origin: str) -> None:
    assert validated(AccountPatch, {"cors_origins": [origin]}).cors_origins == [origin]


@pytest.mark.parametrize(
    ("origin", "says"),
    [
        pytest.param("*", "not an origin", id="everybody"),
        pytest.param("null", "not an origin", id="null"),
        pytest.param("https://*.example", "not an origin", id="wildcard"),
        pytest.param("journal.example", "not an origin", id="no-scheme"),
        pytest.param("ftp://journal.example", "not an origin", id="other-scheme"),
        pytest.param("https://journal.example/", "not an origin", id="slash"),
        pytest.param("https://journal.example/page", "not an origin", id="path"),
        pytest.param("https://Journal.example", "not an origin", id="capital"),
        pytest.param("https://журнал.рф", "not an origin", id="cyrillic"),
        pytest.param("https://me@journal.example", "not an origin", id="user"),
        pytest.param("https://journal.example\n", "not an origin", id="line-end"),
        pytest.param('https://a", "https://b', "not an origin", id="quote"),
        pytest.param("http://journal.example", "only localhost", id="open-http"),
        pytest.param("http://localhost.evil.example", "only localhost", id="not-localhost"),
        pytest.param("https://journal.example:443", "leave it out", id="default-port"),
        pytest.param("http://localhost:80", "leave it out", id="default-port-http"),
        pytest.param("https://journal.example:70000", "no such port", id="no-port"),
    ],
)
def test_refused_with_its_place(origin: str, says: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        validated(AccountPatch, {"cors_origins": ["https://fine.example", origin]})
    ((place, reason),) = refused.value.errors
    assert place == "cors_origins[1]"
    assert says in reason


def test_not_more_than_fifty() -> None:
    many = [f"https://journal{number}.example" for number in range(51)]
    validated(AccountPatch, {"cors_origins": many[:50]})
    with pytest.raises(InvalidInput, match="at most 50"):
        validated(AccountPatch, {"cors_origins": many})
