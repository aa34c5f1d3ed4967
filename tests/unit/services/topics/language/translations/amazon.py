"""Amazon Transcribe Call Analytics: a category, as CreateCallAnalyticsCategory takes it."""

from . import Translation

# EXACT there is these very words; every rule of a category must hold.
CATEGORY = Translation(
    "amazon-category",
    source="""
    {"CategoryName": "manager-demanded-and-interrupted",
     "Rules": [
       {"TranscriptFilter": {
          "TranscriptFilterType": "EXACT",
          "Targets": ["call may be recorded", "call is recorded"],
          "ParticipantRole": "AGENT",
          "AbsoluteTimeRange": {"First": 15000},
          "Negate": true}},
       {"TranscriptFilter": {
          "TranscriptFilterType": "EXACT",
          "Targets": ["speak to the manager"],
          "ParticipantRole": "CUSTOMER",
          "RelativeTimeRange": {"StartPercentage": 50, "EndPercentage": 100}}},
       {"InterruptionFilter": {
          "Threshold": 1000,
          "ParticipantRole": "CUSTOMER",
          "AbsoluteTimeRange": {"StartTime": 10000, "EndTime": 60000}}},
       {"NonTalkTimeFilter": {
          "Threshold": 5000,
          "RelativeTimeRange": {"Last": 50},
          "Negate": true}}]}
    """,
    rule="""
    all:
      - not_said:
          by: operator
          phrases: ['"!call !may !be !recorded"', '"!call !is !recorded"']
          window: {first_s: 15}
      - said:
          by: client
          phrases: ['"!speak !to !the !manager"']
          window: {skip_first_percent: 50}
      - measure:
          what: longest_interruption_s
          by: client
          at_least: 1
          window: {skip_first_s: 10, first_s: 60}
      - none:
          - measure: {what: longest_silence_s, at_least: 5, window: {last_percent: 50}}
    """,
    should=(
        """
        operator: hello how can i help you
        [+4s] client: my order is late and nobody answers the phone at all
        operator: let me look at your order please wait a moment
        [-2s] client: no i want to speak to the manager
        """,
    ),
    should_not=(
        # The notice was given.
        """
        operator: hello this call may be recorded
        [+4s] client: my order is late and nobody answers the phone at all
        operator: let me look at your order please wait a moment
        [-2s] client: no i want to speak to the manager
        """,
        # Other words, and not by the customer.
        """
        operator: hello how can i help you
        [+4s] client: my order is late and nobody answers the phone at all
        operator: let me look at your order please wait a moment
        [-2s] client: no i want to speak to a manager
        """,
        """
        operator: hello how can i help you
        [+4s] client: my order is late and nobody answers the phone at all
        operator: do you want to speak to the manager or please wait a moment
        [-2s] client: no i want to go to bed
        """,
        # No interruption, one that is too short, one that is too early.
        """
        operator: hello how can i help you
        [+4s] client: my order is late and nobody answers the phone at all
        operator: let me look at your order please wait a moment
        client: no i want to speak to the manager
        """,
        """
        operator: hello how can i help you
        [+4s] client: my order is late and nobody answers the phone at all
        operator: let me look at your order please wait a moment
        [-0.9s] client: no i want to speak to the manager
        """,
        """
        operator: let me look at your order please wait a moment
        [-2s] client: no i want to talk now
        operator: yes of course i am sorry it took so long to find your order
        client: i want to speak to the manager
        """,
        # A long silence near the end.
        """
        operator: hello how can i help you
        [+4s] client: my order is late and nobody answers the phone at all
        operator: let me look at your order please wait a moment
        [-2s] client: no i want to speak to the manager
        [+6s] operator: one moment
        """,
    ),
)

ALL = (CATEGORY,)
