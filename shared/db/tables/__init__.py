"""Every table, one file per area; import them from here so that the MetaData is whole."""

from shared.db.base import metadata
from shared.db.tables.accounts import (
    accounts,
    employees,
    groups,
    login_attempts,
    roles,
    sessions,
    sources,
    tokens,
    user_groups,
    users,
)
from shared.db.tables.contacts import contacts, legs, recording_legs, recordings, renditions
from shared.db.tables.jobs import audit_log, jobs
from shared.db.tables.speech import (
    expansions,
    lexicon,
    lexicon_counters,
    packed_transcripts,
    transcripts,
)
from shared.db.tables.topics import hits, marks, topic_groups, topic_versions, topics

__all__ = [
    "accounts",
    "audit_log",
    "contacts",
    "employees",
    "expansions",
    "groups",
    "hits",
    "jobs",
    "legs",
    "lexicon",
    "lexicon_counters",
    "login_attempts",
    "marks",
    "metadata",
    "packed_transcripts",
    "recording_legs",
    "recordings",
    "renditions",
    "roles",
    "sessions",
    "sources",
    "tokens",
    "topic_groups",
    "topic_versions",
    "topics",
    "transcripts",
    "user_groups",
    "users",
]
