"""Headings that topics stand under, over HTTP."""

from services.topics.catalogue import groups_store
from services.topics.catalogue.schemas import TopicGroupIn, TopicGroupOut
from shared.http.routes import Call, Routes
from shared.http.schemas import Page, PageQuery
from shared.permissions import Permission

routes = Routes("topics")

_TAKEN = {409: "There is a heading of that name."}


@routes.get("/topic-groups", permission=Permission.CALLS)
def list_topic_groups(call: Call, query: PageQuery) -> Page[TopicGroupOut]:
    """List the headings that topics stand under, in the order of making."""
    with call.parts.database.read() as connection:
        rows = groups_store.list_groups(
            connection, call.account_id, call.position(query), query.limit + 1
        )
    items = [TopicGroupOut.model_validate(row) for row in rows]
    return call.page(Page[TopicGroupOut], query, items, lambda group: (group.id,))


@routes.post("/topic-groups", permission=Permission.TOPICS_EDIT, status=201, problems=_TAKEN)
def create_topic_group(call: Call, body: TopicGroupIn) -> TopicGroupOut:
    """Make a heading."""
    with call.parts.database.write() as connection:
        group_id = groups_store.add_group(connection, call.account_id, body.name)
        return TopicGroupOut(id=group_id, name=body.name, topics=0)


@routes.patch("/topic-groups/{group_id}", permission=Permission.TOPICS_EDIT, problems=_TAKEN)
def rename_topic_group(call: Call, group_id: int, body: TopicGroupIn) -> TopicGroupOut:
    """Rename a heading."""
    with call.parts.database.write() as connection:
        groups_store.rename_group(connection, call.account_id, group_id, body.name)
        row = groups_store.read_group(connection, call.account_id, group_id)
    return TopicGroupOut.model_validate(row)


@routes.delete(
    "/topic-groups/{group_id}",
    permission=Permission.TOPICS_EDIT,
    problems={409: "Topics stand under it, in the archive maybe."},
)
def delete_topic_group(call: Call, group_id: int) -> None:
    """Remove a heading that no topic stands under."""
    with call.parts.database.write() as connection:
        groups_store.delete_group(connection, call.account_id, group_id)
