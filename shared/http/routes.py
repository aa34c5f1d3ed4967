"""How a slice declares a route: path, permission, schemas; the gateway mounts and documents it.

A view is a plain function. Its first argument is the Call; the others are found by name: names in
the path's braces, `query` (a PageQuery or In model) and `body` (an In model). The return annotation
is the response: an Out model, None (204), `Answer[Model]` for a status or headers of its own, or a
Flask Response for anything that is not JSON. `Model | Response` is JSON that has other forms too.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from inspect import cleandoc, signature
from types import MappingProxyType, NoneType, UnionType
from typing import IO, Any, Generic, TypeVar, get_args, get_origin, get_type_hints

from flask import Request, Response
from pydantic import BaseModel

from shared.errors import Unauthorized
from shared.http.schemas import Page, PageQuery
from shared.paging import Cursors, Position
from shared.permissions import Caller, Permission
from shared.queue.runner import Parts

API_PREFIX = "/api/v1"
_PATH_NAME = re.compile(r"\{(\w+)(?::(path))?\}")


@dataclass(frozen=True, slots=True)
class Public:
    """Access without credentials; the reason is asked of whoever declares it."""

    reason: str


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Access for any signed-in person, whatever their permissions; never for a machine's token."""

    reason: str


Access = Permission | Public | SignedIn

Value = TypeVar("Value")
Row = TypeVar("Row", bound=BaseModel)
View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class Answer(Generic[Value]):
    """A response with a status or headers of its own."""

    value: Value
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Call:
    """One request, as a view sees it."""

    parts: Parts
    request: Request
    cursors: Cursors
    request_id: str
    known_caller: Caller | None = None

    @property
    def caller(self) -> Caller:
        """Who calls; Unauthorized on a public route without credentials."""
        if self.known_caller is None:
            raise Unauthorized("no credentials were sent")
        return self.known_caller

    @property
    def account_id(self) -> int:
        """The caller's account: the predicate of every statement."""
        return self.caller.account_id

    @property
    def user_id(self) -> int:
        """The signed-in person; Unauthorized for a machine, which a SignedIn route never admits."""
        if self.caller.user_id is None:
            raise Unauthorized("nobody is signed in")
        return self.caller.user_id

    @property
    def stream(self) -> IO[bytes]:
        """The raw body of a route declared with `consumes`; the reader enforces the limit."""
        return self.request.stream

    def position(self, query: PageQuery) -> Position | None:
        """Where the page asked for begins; None for the first, BadCursor for a foreign cursor."""
        if query.cursor is None:
            return None
        return self.cursors.read(
            query.cursor, account_id=self.account_id, binding=self._binding(query)
        )

    def cursor(self, query: PageQuery, position: Position) -> str:
        """The cursor of the page after `position`."""
        return self.cursors.issue(
            position, account_id=self.account_id, binding=self._binding(query)
        )

    def page(
        self,
        page: type[Page[Row]],
        query: PageQuery,
        found: Sequence[Row],
        position: Callable[[Row], Position],
    ) -> Page[Row]:
        """The page of `found`, of which one more than `query.limit` was asked for."""
        shown = list(found[: query.limit])
        more = len(found) > query.limit
        cursor = self.cursor(query, position(shown[-1])) if more else None
        return page(items=shown, next_cursor=cursor)

    def _binding(self, query: PageQuery) -> str:
        rule = self.request.path
        return f"{rule}?{query.model_dump_json(exclude={'limit', 'cursor'})}"


@dataclass(frozen=True)
class Route:
    """One declared route with everything the gateway and OpenAPI need to know about it."""

    method: str
    path: str
    access: Access
    view: Callable[..., Any]
    tag: str
    status: int
    path_types: Mapping[str, type]
    query: type[BaseModel] | None
    body: type[BaseModel] | None
    response: type[BaseModel] | None
    raw: bool
    consumes: tuple[str, ...]
    produces: tuple[str, ...]
    problems: Mapping[int, str]
    statuses: Mapping[int, str]
    revised: bool

    @property
    def name(self) -> str:
        """Operation id and endpoint name, unique in the program."""
        return f"{self.tag}.{self.view.__name__}"

    @property
    def openapi_path(self) -> str:
        """The path with plain braces, also the metrics' label."""
        return _PATH_NAME.sub(r"{\1}", self.path)

    @property
    def text(self) -> tuple[str, str]:
        """Summary and description: the view's docstring."""
        lines = cleandoc(self.view.__doc__ or "").split("\n\n", 1)
        summary = " ".join(lines[0].split()).rstrip(".")
        return summary, lines[1].strip() if len(lines) > 1 else ""


class Routes:
    """The routes of one slice; `tag` groups them in the API documentation."""

    def __init__(self, tag: str, *, prefix: str = API_PREFIX) -> None:
        self.tag = tag
        self.routes: list[Route] = []
        self._prefix = prefix

    def get(self, path: str, *, permission: Access, **options: Any) -> Callable[[View], View]:
        """Declare a GET route; HEAD comes with it. Options: see `route`."""
        return self.route("GET", path, permission=permission, **options)

    def post(self, path: str, *, permission: Access, **options: Any) -> Callable[[View], View]:
        """Declare a POST route. Options: see `route`."""
        return self.route("POST", path, permission=permission, **options)

    def put(self, path: str, *, permission: Access, **options: Any) -> Callable[[View], View]:
        """Declare a PUT route. Options: see `route`."""
        return self.route("PUT", path, permission=permission, **options)

    def patch(self, path: str, *, permission: Access, **options: Any) -> Callable[[View], View]:
        """Declare a PATCH route. Options: see `route`."""
        return self.route("PATCH", path, permission=permission, **options)

    def delete(self, path: str, *, permission: Access, **options: Any) -> Callable[[View], View]:
        """Declare a DELETE route. Options: see `route`."""
        return self.route("DELETE", path, permission=permission, **options)

    def route(
        self,
        method: str,
        path: str,
        *,
        permission: Access,
        status: int | None = None,
        consumes: Sequence[str] = (),
        produces: Sequence[str] = (),
        problems: Mapping[int, str] = MappingProxyType({}),
        statuses: Mapping[int, str] = MappingProxyType({}),
        revised: bool = False,
    ) -> Callable[[View], View]:
        """Declare a route of `path` below the prefix, such as `/topics/{topic_id}`.

        `permission` is what a caller must hold (deny by default: there is no route without).
        `status` of success is 200, or 204 where the view returns None. `consumes` names the media
        types of a raw body, read through `call.stream`. `produces` names those of a Flask Response.
        `problems` and `statuses` document further statuses as {status: when}. `revised` documents
        that the view asks for If-Match (`shared.http.revisions`). Raises TypeError for a view that
        does not fit, at import.
        """

        def declare(view: View) -> View:
            full_path = self._prefix + path
            hints = get_type_hints(view)
            returned = hints.pop("return", NoneType)
            if get_origin(returned) is Answer:
                (returned,) = get_args(returned)
            if get_origin(returned) is UnionType:
                # A model that `produces` names other forms of: `TranscriptOut | Response`.
                (returned,) = (kind for kind in get_args(returned) if kind is not Response)
            raw = isinstance(returned, type) and issubclass(returned, Response)
            response = None if raw or returned in (NoneType, None) else returned
            if response is not None and not _is_model(response):
                raise TypeError(f"{view.__name__} must return a pydantic model, not {returned}")
            names = list(signature(view).parameters)
            path_names = [name for name, _ in _PATH_NAME.findall(full_path)]
            known = {names[0], "query", "body", *path_names}
            if not set(names) <= known or not set(path_names) <= set(names):
                raise TypeError(f"{view.__name__} takes {names}, its path has {path_names}")
            route = Route(
                method=method,
                path=full_path,
                access=permission,
                view=view,
                tag=self.tag,
                status=status or (200 if response is not None or raw else 204),
                path_types=MappingProxyType({name: hints[name] for name in path_names}),
                query=hints.get("query"),
                body=hints.get("body"),
                response=response,
                raw=raw,
                consumes=tuple(consumes),
                produces=tuple(produces),
                problems=problems,
                statuses=statuses,
                revised=revised,
            )
            self.routes.append(route)
            return view

        return declare


def _is_model(candidate: object) -> bool:
    return isinstance(candidate, type) and issubclass(candidate, BaseModel)
