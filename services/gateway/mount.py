"""Puts declared routes on a Flask application: who calls, may they, what came, what goes back."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, get_args, get_origin

from flask import Flask, Response, g, request
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.routing import BaseConverter

from services.gateway.access.authentication import Authentication
from services.gateway.problem import UnsupportedMediaType
from shared.errors import Forbidden, InvalidInput, NotFound, TooLarge
from shared.http.body import invalid, json_path, parse_json, refuse_unstorable_text, validated
from shared.http.routes import Answer, Call, Public, Route, Routes, SignedIn
from shared.http.schemas import GREATEST_ID, MAX_PATH_TEXT, In
from shared.paging import Cursors
from shared.permissions import Caller
from shared.queue.runner import Parts


class _IdConverter(BaseConverter):
    """A row's id in a path; the library's own converter answers 405 for a number out of range."""

    regex = r"[0-9]{1,19}"

    def to_python(self, value: str) -> int:
        """The number, which may still be greater than any id."""
        return int(value)


@dataclass(frozen=True)
class Mounting:
    """Everything routes are mounted with."""

    parts: Parts
    authentication: Authentication
    cursors: Cursors


def mount(app: Flask, mounting: Mounting, slices: Iterable[Routes]) -> list[Route]:
    """Mount every route of every slice and return them; ValueError when two share a name."""
    app.url_map.converters["id"] = _IdConverter
    mounted: list[Route] = []
    for slice_routes in slices:
        for route in slice_routes.routes:
            if route.name in app.view_functions:
                raise ValueError(f"two routes are called {route.name}")
            app.add_url_rule(
                _rule(route),
                endpoint=route.name,
                view_func=_endpoint(mounting, route),
                methods=[route.method],
                # OPTIONS would be a route without a permission; Cors answers a browser's own.
                provide_automatic_options=False,
            )
            mounted.append(route)
    return mounted


def _rule(route: Route) -> str:
    def placeholder(match: re.Match[str]) -> str:
        name = match.group(1)
        if match.group(2):
            return f"<path:{name}>"
        if route.path_types[name] is int:
            return f"<id:{name}>"
        return f"<{name}>"

    return re.sub(r"\{(\w+)(?::(path))?\}", placeholder, route.path)


def _endpoint(mounting: Mounting, route: Route) -> Callable[..., Response]:
    def answer(**path_values: Any) -> Response:
        caller = _admitted(mounting.authentication, route)
        for name, value in path_values.items():
            _refuse_path_value(name, value)
        arguments = dict(path_values)
        if route.query is not None:
            arguments["query"] = _query(route.query)
        else:
            _query(In)
        if route.body is not None:
            arguments["body"] = validated(
                route.body, _json_body(mounting.parts.settings.max_json_bytes)
            )
        elif route.consumes:
            _refuse_other_type(route.consumes)
        call = Call(
            parts=mounting.parts,
            request=request,
            cursors=mounting.cursors,
            request_id=g.request_id,
            known_caller=caller,
        )
        return _rendered(route, route.view(call, **arguments))

    return answer


def _admitted(authentication: Authentication, route: Route) -> Caller | None:
    access = route.access
    if isinstance(access, Public):
        return None
    # Kept for Cors: which origins may read the answer depends on whose token it was.
    caller = g.caller = authentication.caller(request)
    if isinstance(access, SignedIn):
        if caller.user_id is None:
            raise Forbidden("this is for signed-in people, not for tokens")
    else:
        caller.require(access)
    return caller


def _refuse_path_value(name: str, value: int | str) -> None:
    if isinstance(value, int):
        if value > GREATEST_ID:
            raise NotFound(f"there is no {name} as great as {value}")
        return
    refuse_unstorable_text(value, f"path.{name}")
    if len(value) > MAX_PATH_TEXT:
        reason = f"longer than {MAX_PATH_TEXT} characters"
        raise InvalidInput(f"path.{name} is {reason}", [(f"path.{name}", reason)])


def _query(model: type[BaseModel]) -> Any:
    values: dict[str, Any] = {}
    for name, sent in request.args.lists():
        for text in sent:
            refuse_unstorable_text(text, f"query.{name[:100]}")
        field = model.model_fields.get(name)
        if field is not None and _takes_many(field.annotation):
            values[name] = sent
        elif len(sent) > 1:
            path = json_path([name], "query")
            raise InvalidInput(f"{path} stands twice", [(path, "stands twice")])
        else:
            values[name] = sent[0]
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise invalid(error, prefix="query") from error


def _takes_many(annotation: Any) -> bool:
    if get_origin(annotation) in (list, tuple, set, frozenset):
        return True
    return any(_takes_many(part) for part in get_args(annotation))


def _json_body(limit_bytes: int) -> Any:
    if request.mimetype != "application/json":
        raise UnsupportedMediaType("the body must be sent as Content-Type: application/json")
    # One byte more than we take: a body that comes in pieces is cut there without a word.
    request.max_content_length = limit_bytes + 1
    too_large = TooLarge(f"the body is longer than {limit_bytes} bytes")
    try:
        body = request.get_data(cache=False)
    except RequestEntityTooLarge as error:
        raise too_large from error
    if len(body) > limit_bytes:
        raise too_large
    return parse_json(body)


def _refuse_other_type(media_types: Iterable[str]) -> None:
    wanted = tuple(media_types)
    if "*/*" in wanted or request.mimetype in wanted:
        return
    raise UnsupportedMediaType(f"the body must be sent as Content-Type: {' or '.join(wanted)}")


def _rendered(route: Route, result: Any) -> Response:
    if isinstance(result, Response):
        return result
    answer = result if isinstance(result, Answer) else Answer(result, status=route.status)
    if answer.value is None:
        return Response(status=answer.status, headers=dict(answer.headers))
    return Response(
        answer.value.model_dump_json(by_alias=True),
        status=answer.status,
        headers=dict(answer.headers),
        content_type="application/json",
    )
