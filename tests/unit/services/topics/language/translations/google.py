"""Google Customer Experience Insights: a phrase matcher, as projects.locations.phraseMatchers."""

from . import Translation

# Case has no meaning in speech. `roleMatch` binds every query of the matcher to one role.
PHRASE_MATCHER = Translation(
    "google-phrase-matcher",
    source="""
    {"displayName": "Cancellation",
     "type": "ALL_OF",
     "active": true,
     "roleMatch": "CUSTOMER",
     "phraseMatchRuleGroups": [
       {"type": "ANY_OF",
        "phraseMatchRules": [
          {"query": "cancel my account", "negated": false,
           "config": {"exactMatchConfig": {"caseSensitive": false}}},
          {"query": "close my account", "negated": false,
           "config": {"exactMatchConfig": {"caseSensitive": false}}}]},
       {"type": "ALL_OF",
        "phraseMatchRules": [
          {"query": "trial", "negated": true,
           "config": {"exactMatchConfig": {"caseSensitive": false}}},
          {"query": "by mistake", "negated": true,
           "config": {"exactMatchConfig": {"caseSensitive": false}}}]}]}
    """,
    rule="""
    all:
      - any:
          - said: {by: client, phrases: ['"!cancel !my !account"']}
          - said: {by: client, phrases: ['"!close !my !account"']}
      - all:
          - not_said: {by: client, phrases: ['!trial']}
          - not_said: {by: client, phrases: ['"!by !mistake"']}
    """,
    should=(
        "client: please cancel my account",
        "client: i want to close my account\noperator: is it a trial",
    ),
    should_not=(
        "operator: shall i cancel my account",
        "client: please cancel the account",
        "client: cancel my account it was a trial",
        "client: i opened it by mistake\nclient: close my account",
    ),
)

ALL = (PHRASE_MATCHER,)
