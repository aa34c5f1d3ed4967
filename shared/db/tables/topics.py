"""Topics, the versions of their rules, the marks they leave on contacts, and the hits that prove a mark."""

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from shared.db.base import EpochMs, Id, Json, metadata, owned

topic_groups = Table(
    "topic_groups",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account_id", Id, ForeignKey("accounts.id"), nullable=False),
    Column("name", String(200), nullable=False),
    UniqueConstraint("account_id", "id"),
    UniqueConstraint("account_id", "name"),
)

topics = Table(
    "topics",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account_id", Id, ForeignKey("accounts.id"), nullable=False),
    # Stable key of a pack's topic ("ru-basic/refund"); made from the id for a topic of the account's own.
    Column("key", String(200), nullable=False),
    Column("name", String(200), nullable=False),
    Column("colour", String(9), nullable=False, server_default="#607d8b"),
    Column("group_id", Id),
    Column("active", Boolean, nullable=False, server_default="1"),
    Column("preset", Boolean, nullable=False, server_default="0"),
    # Number of the version in force, 0 while there is only a draft.
    Column("active_version", Integer, nullable=False, server_default="0"),
    # The account's rules revision at which its verdicts last may have changed: its own activation or
    # that of a topic it asks about. Contacts tagged under an older one are not judged by it.
    Column("rules_revision", Integer, nullable=False, server_default="0"),
    # Rises with every change of the topic or its draft: its ETag.
    Column("revision", Integer, nullable=False, server_default="1"),
    Column("created_by", Id),
    # user:<id>, token:<id> or empty.
    Column("changed_by", String(64), nullable=False, server_default=""),
    Column("created_at_ms", EpochMs, nullable=False),
    Column("changed_at_ms", EpochMs, nullable=False),
    Column("archived_at_ms", EpochMs),
    UniqueConstraint("account_id", "id"),
    UniqueConstraint("account_id", "key"),
    owned(["group_id"], "topic_groups"),
    owned(["created_by"], "users"),
)

topic_versions = Table(
    "topic_versions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account_id", Id, nullable=False),
    Column("topic_id", Id, nullable=False),
    Column("number", Integer, nullable=False),
    # draft, active or retired
    Column("state", String(8), nullable=False),
    Column("rule", Json, nullable=False),
    Column("should_match", Json, nullable=False),
    Column("should_not_match", Json, nullable=False),
    Column("created_by", Id),
    Column("created_at_ms", EpochMs, nullable=False),
    # The account's rules revision that its activation made; null: never in force.
    Column("activated_revision", Integer),
    Column("activated_by", String(64), nullable=False, server_default=""),
    Column("activated_at_ms", EpochMs),
    UniqueConstraint("account_id", "id"),
    UniqueConstraint("account_id", "topic_id", "number"),
    owned(["topic_id"], "topics", on_delete="CASCADE"),
    owned(["created_by"], "users"),
)

topic_judgements = Table(
    "topic_judgements",
    metadata,
    # Only where contacts.tagged_revision cannot say it: a run judged some of the changed topics.
    Column("account_id", Id, primary_key=True),
    Column("topic_id", Id, primary_key=True),
    Column("contact_id", Id, primary_key=True),
    # The account's rules revision that the contact was judged under by this topic.
    Column("revision", Integer, nullable=False),
    owned(["topic_id"], "topics", on_delete="CASCADE"),
    owned(["contact_id"], "contacts", on_delete="CASCADE"),
)
Index("ix_topic_judgements_contact", topic_judgements.c.account_id, topic_judgements.c.contact_id)

undecided_topics = Table(
    "undecided_topics",
    metadata,
    # One row for a contact that some topic could not be decided on, however many they are: absence
    # is known of no topic in an account that records mono.
    Column("account_id", Id, primary_key=True),
    Column("contact_id", Id, primary_key=True),
    # Rising ids, each between two commas: ",3,17,".
    Column("topic_ids", Text, nullable=False),
    owned(["contact_id"], "contacts", on_delete="CASCADE"),
)

thumbs = Table(
    "thumbs",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account_id", Id, nullable=False),
    Column("contact_id", Id, nullable=False),
    Column("topic_id", Id, nullable=False),
    # user:<id> or token:<id>
    Column("actor", String(64), nullable=False),
    # On the contact's clock; 0 for the contact as a whole.
    Column("start_ms", Integer, nullable=False, server_default="0"),
    # right, wrong or missed
    Column("opinion", String(8), nullable=False),
    # Whose verdict it is about: the version that set the mark; of a missed one, the one in force.
    Column("topic_version_id", Id),
    Column("created_at_ms", EpochMs, nullable=False),
    UniqueConstraint("account_id", "id"),
    UniqueConstraint("account_id", "topic_id", "contact_id", "actor", "start_ms"),
    owned(["contact_id"], "contacts", on_delete="CASCADE"),
    owned(["topic_id"], "topics", on_delete="CASCADE"),
    owned(["topic_version_id"], "topic_versions"),
)
Index("ix_thumbs_contact", thumbs.c.account_id, thumbs.c.contact_id)

marks = Table(
    "marks",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account_id", Id, nullable=False),
    Column("contact_id", Id, nullable=False),
    Column("topic_id", Id, nullable=False),
    # rule, operator, voice_menu, import or correction
    Column("origin", String(16), nullable=False),
    # False only from a person: "no, this call is not about it".
    Column("verdict", Boolean, nullable=False),
    Column("topic_version_id", Id),
    Column("author_id", Id),
    Column("created_at_ms", EpochMs, nullable=False),
    UniqueConstraint("account_id", "id"),
    UniqueConstraint("account_id", "contact_id", "topic_id", "origin"),
    owned(["contact_id"], "contacts", on_delete="CASCADE"),
    owned(["topic_id"], "topics"),
    owned(["topic_version_id"], "topic_versions"),
    owned(["author_id"], "users"),
)
Index("ix_marks_topic", marks.c.account_id, marks.c.topic_id, marks.c.contact_id)

hits = Table(
    "hits",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account_id", Id, nullable=False),
    Column("mark_id", Id, nullable=False),
    Column("recording_id", Id, nullable=False),
    Column("leg_id", Id),
    Column("employee_id", Id),
    Column("speaker", String(16), nullable=False),
    # On the recording's clock.
    Column("start_ms", Integer, nullable=False),
    Column("end_ms", Integer, nullable=False),
    # Displayed words first_word..last_word of the recording's transcript, and their text.
    Column("first_word", Integer, nullable=False),
    Column("last_word", Integer, nullable=False),
    Column("text", String(1000), nullable=False),
    Column("phrase", String(500), nullable=False),
    # 0..100, the weakest word's.
    Column("score", Float, nullable=False),
    UniqueConstraint("account_id", "id"),
    owned(["mark_id"], "marks", on_delete="CASCADE"),
    owned(["recording_id"], "recordings", on_delete="CASCADE"),
    owned(["leg_id"], "legs"),
    owned(["employee_id"], "employees"),
)
Index("ix_hits_mark", hits.c.account_id, hits.c.mark_id)
Index("ix_hits_recording", hits.c.account_id, hits.c.recording_id)
