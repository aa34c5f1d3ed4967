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
from shared.db.tables.changes import change_counters, contact_changes
from shared.db.tables.contacts import contacts, legs, recording_legs, recordings, renditions
from shared.db.tables.jobs import audit_log, jobs
from shared.db.tables.listening import (
    destructions,
    embed_links,
    export_recordings,
    exports,
)
from shared.db.tables.runs import run_chunks, run_results, runs
from shared.db.tables.speech import (
    expansions,
    lexicon,
    lexicon_counters,
    packed_transcripts,
    transcripts,
)
from shared.db.tables.topics import (
    hits,
    marks,
    thumbs,
    topic_groups,
    topic_judgements,
    topic_versions,
    topics,
    undecided_topics,
)

__all__ = [
    "accounts",
    "audit_log",
    "change_counters",
    "contact_changes",
    "contacts",
    "destructions",
    "embed_links",
    "employees",
    "expansions",
    "export_recordings",
    "exports",
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
    "run_chunks",
    "run_results",
    "runs",
    "sessions",
    "sources",
    "thumbs",
    "tokens",
    "topic_groups",
    "topic_judgements",
    "topic_versions",
    "topics",
    "transcripts",
    "undecided_topics",
    "user_groups",
    "users",
]
