"""Headings that topics stand under."""

from tests.gateway_client import Api

from .editor import API, Editor


def test_headings_are_made_renamed_used_and_removed(editor: Editor, stranger: Api) -> None:
    made = editor.api.post(f"{API}/topic-groups", json={"name": "Жалобы"})
    assert made.status_code == 201, made.text
    group_id = made.json["id"]
    assert editor.api.post(f"{API}/topic-groups", json={"name": "Жалобы"}).status_code == 409
    topic_id = editor.create(group_id=group_id).json["id"]
    assert editor.read(topic_id).json["group"] == "Жалобы"
    renamed = editor.api.patch(f"{API}/topic-groups/{group_id}", json={"name": "Возвраты"})
    assert renamed.json == {"id": group_id, "name": "Возвраты", "topics": 1}
    assert editor.read(topic_id).json["group"] == "Возвраты"
    other = editor.api.post(f"{API}/topic-groups", json={"name": "Продажи"}).json
    taken = editor.api.patch(f"{API}/topic-groups/{other['id']}", json={"name": "Возвраты"})
    assert taken.status_code == 409
    assert stranger.delete(f"{API}/topic-groups/{other['id']}").status_code == 404
    used = editor.api.delete(f"{API}/topic-groups/{group_id}")
    assert used.status_code == 409
    assert editor.patch(topic_id, group_id=None).json["group"] is None
    assert editor.api.delete(f"{API}/topic-groups/{group_id}").status_code == 204
    assert editor.api.get(f"{API}/topic-groups").json["items"] == [other]
    assert editor.api.delete(f"{API}/topic-groups/{group_id}").status_code == 404
