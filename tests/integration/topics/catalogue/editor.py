"""Writes topics as their editors do: every change names the revision that was read."""

from dataclasses import dataclass
from typing import Any

from tests.gateway_client import Api

API = "/api/v1"
REFUND = {"said": {"phrases": ["вернуть деньги"], "by": "client"}}
RIGHT = "client: верните деньги"
WRONG = "client: спасибо"


@dataclass(frozen=True)
class Editor:
    """A client that writes topics; methods return the answer of the gateway."""

    api: Api

    def create(self, name: str = "Возврат", **fields: Any) -> Any:
        """Make a topic; its draft is about refunds unless it says otherwise."""
        return self.api.post(f"{API}/topics", json={"name": name, "rule": REFUND} | fields)

    def read(self, topic_id: int) -> Any:
        """The topic as it is now."""
        return self.api.get(f"{API}/topics/{topic_id}")

    def send(self, method: str, topic_id: int, path: str = "", **options: Any) -> Any:
        """A change of the topic as it was just read."""
        headers = {"If-Match": self.read(topic_id).headers["ETag"]}
        return self.api.open(method, f"{API}/topics/{topic_id}{path}", headers=headers, **options)

    def patch(self, topic_id: int, **changes: Any) -> Any:
        """Change what the topic is called, where it stands, whether it is on."""
        return self.send("PATCH", topic_id, json=changes)

    def draft(self, topic_id: int, rule: Any = None, **examples: Any) -> Any:
        """Save a draft."""
        body = {"rule": REFUND if rule is None else rule} | examples
        return self.send("PUT", topic_id, "/draft", json=body)

    def activate(self, topic_id: int) -> Any:
        """Put the draft in force."""
        return self.send("POST", topic_id, "/activate")

    def in_force(self, name: str = "Возврат", rule: Any = None, **fields: Any) -> int:
        """Make a topic and put it in force; its id."""
        rules = {} if rule is None else {"rule": rule}
        made = self.create(name, **rules, **fields)
        assert made.status_code == 201, made.text
        topic_id = int(made.json["id"])
        activated = self.activate(topic_id)
        assert activated.status_code == 200, activated.text
        return topic_id
