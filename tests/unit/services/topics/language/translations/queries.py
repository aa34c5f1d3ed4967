"""Search queries: Verint Speech Analytics, Voci V-Spark, paperless-ngx matching."""

from . import Translation

# Words without an operator are joined by OR there; NEAR looks in both directions.
VERINT = Translation(
    "verint-query",
    source="""
    ((C: "cancel my account") OR (close NEAR:2 account)) AND (credit NOTIN "credit card")
    NOT (A: discount voucher)
    """,
    rule="""
    all:
      - any:
          - said: {by: client, phrases: ['"!cancel !my !account"']}
          - said: {phrases: ['!close <2> !account', '!account <2> !close']}
      - said:
          phrases: ['!credit']
          excluding: ['"!credit !card"']
      - none:
          - said: {by: operator, phrases: ['!discount', '!voucher']}
    """,
    should=(
        "client: cancel my account\nclient: i need a credit",
        "operator: shall i close the old account\nclient: yes and the credit",
        "client: the account we should close\nclient: my credit and my credit card",
    ),
    should_not=(
        "operator: i will cancel my account\nclient: i need a credit",
        "client: close it and then give me the account\nclient: i need a credit",
        "client: cancel my account\nclient: i lost my credit card",
        "client: cancel my account\nclient: i need a credit\noperator: take a voucher",
    ),
)

# `~n` there is in any order and in one turn: here in one utterance.
VOCI = Translation(
    "voci-query",
    source="""
    cancel account ~4 & help* & hello ~s<10 & invoice ~s>5 & goodbye ~e<5 & number ~e>5 & -refund
    Filters: Call Duration 20 s – 10 min; Call Silence Time 0–60 %; Overtalk 0–10 %
    """,
    rule="""
    all:
      - said:
          phrases: ['!cancel <4> !account', '!account <4> !cancel']
          window: {same_utterance: {phrases: ['!account'], window: {same_utterance: {phrases: ['!cancel']}}}}
      - said: {phrases: [help*]}
      - said: {phrases: ['!hello'], window: {first_s: 10}}
      - said: {phrases: ['!invoice'], window: {skip_first_s: 5}}
      - said: {phrases: ['!goodbye'], window: {last_s: 5}}
      - said: {phrases: ['!number'], window: {skip_last_s: 5}}
      - none:
          - said: {phrases: ['!refund']}
      - measure: {what: duration_s, at_least: 20, at_most: 600}
      - measure: {what: silence_percent, at_most: 60}
      - measure: {what: overtalk_percent, at_most: 10}
    """,
    should=(
        """
        operator: hello what can i do for you today
        client: please cancel my daughter's old account the number is five six seven eight
        operator: i am happy to be helpful and i see it was opened last year in may
        client: and send me the invoice
        [+5s] operator: i will send it today goodbye
        """,
    ),
    should_not=(
        # Far apart; a refund; too short and too little silence between.
        """
        operator: hello what can i do for you today
        client: please cancel what my wife and my daughter had as account the number is five
        operator: i am happy to be helpful and i see it was opened last year in may
        client: and send me the invoice
        [+5s] operator: i will send it today goodbye
        """,
        """
        operator: hello what can i do for you today
        client: please cancel my daughter's old account the number is five six seven eight
        operator: i am happy to be helpful and i see it was opened last year in may
        client: and send me the invoice and a refund
        [+5s] operator: i will send it today goodbye
        """,
        """
        operator: hello
        client: cancel my account number five and send help
        operator: the invoice goodbye
        """,
        # More silence than talk.
        """
        operator: hello what can i do for you today
        client: please cancel my daughter's old account the number is five six seven eight
        operator: i am happy to be helpful and i see it was opened last year in may
        client: and send me the invoice
        [+50s] operator: i will send it today goodbye
        """,
    ),
)

PAPERLESS_ANY = Translation(
    "paperless-any-word",
    source="match: возврат деньги гарантия — Any word",
    rule="said: {phrases: ['!возврат', '!деньги', '!гарантия'], strictness: 100}",
    should=("client: где мои деньги", "operator: возврат и гарантия"),
    should_not=("client: верните", "client: сколько денег"),
)
PAPERLESS_ALL = Translation(
    "paperless-all-words",
    source="match: возврат деньги — All words",
    rule="""
    all:
      - said: {phrases: ['!возврат'], strictness: 100}
      - said: {phrases: ['!деньги'], strictness: 100}
    """,
    should=("client: деньги\noperator: оформим возврат",),
    should_not=("client: деньги", "operator: возврат денег"),
)
PAPERLESS_EXACT = Translation(
    "paperless-exact",
    source="match: вернуть деньги — Exact",
    rule="""said: {phrases: ['"!вернуть !деньги"'], strictness: 100}""",
    should=("client: хочу вернуть деньги",),
    should_not=("client: хочу вернуть мои деньги", "client: верните деньги"),
)
# partial_ratio ≥ 90 there is one letter of this phrase; here the tolerance is per word, and a word
# that the dictionary has is never taken for an error.
PAPERLESS_FUZZY = Translation(
    "paperless-fuzzy",
    source="match: возврат товара — Fuzzy",
    rule="""said: {phrases: ['"возврат товара"'], strictness: 85}""",
    should=("client: возврат товара", "client: возрат товара"),
    should_not=("client: возраст товара", "client: вазврад товара", "client: возврат"),
)

ALL = (VERINT, VOCI, PAPERLESS_ANY, PAPERLESS_ALL, PAPERLESS_EXACT, PAPERLESS_FUZZY)
