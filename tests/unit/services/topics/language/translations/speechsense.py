"""Yandex SpeechSense: dictionary tags (github yandex-cloud/docs, ru/speechsense/concepts/tags.md)."""

from . import Translation

# «Родственные слова» are stems there, prefixes here. Utterances are counted there over both
# parties, here over those whose words are looked for. Restrictions add up by AND: two that look in
# the same direction stand in one window, the second one on the same phrase in the same utterance.
AND_OF_RESTRICTIONS = Translation(
    "speechsense-and-of-restrictions",
    source="""
    Тег: Недоволен обслуживанием        Канал: Клиент
    Ключевые фразы: плохое обслуживание; отказ
    Точное совпадение: нет               Слов между словами: 1
    Фразы-исключения: плохое обслуживание банкомата; отказ от рассылки
    Ограничения:
      - Оператор перебил клиента. Где искать: вперёд. Ограничить область поиска: 5 фраз
      - Длинная пауза: 3 с. Где искать: вперёд
      - Конец диалога. Где искать: назад. Ограничить область поиска: 2 фразы
    """,
    rule="""
    said:
      by: client
      phrases: &words [плохое <1> обслуживание, отказ*]
      excluding: &but [плохое <1> обслуживание <1> банкомата, отказ* <1> от <1> рассылки]
      window:
        after: {interruption_by: operator, within_utterances: 5}
        last_utterances: 2
        same_utterance:
          by: client
          phrases: *words
          excluding: *but
          window:
            after: {silence_s: 3}
    """,
    should=(
        """
        client: я хотел бы узнать почему мне никто не перезвонил
        [-1s] operator: сейчас я посмотрю подождите
        [+4s] client: у вас плохое обслуживание
        """,
        """
        [+4s] client: я хотел бы узнать почему мне никто не перезвонил
        [-1s] operator: сейчас я посмотрю подождите
        client: ладно
        client: тогда я отказываюсь
        """,
    ),
    should_not=(
        # Too many words between; the other party; an exclusion phrase.
        """
        client: я хотел бы узнать почему мне никто не перезвонил
        [-1s] operator: сейчас я посмотрю подождите
        [+4s] client: у вас плохое и медленное обслуживание
        """,
        """
        client: я хотел бы узнать почему мне никто не перезвонил
        [-1s] operator: сейчас я посмотрю подождите
        [+4s] operator: плохое обслуживание
        """,
        """
        client: я хотел бы узнать почему мне никто не перезвонил
        [-1s] operator: сейчас я посмотрю подождите
        [+4s] client: я отказался от рассылки
        """,
        # No interruption; no long pause; not near the end.
        """
        client: я хотел бы узнать почему мне никто не перезвонил
        operator: сейчас я посмотрю подождите
        [+4s] client: у вас плохое обслуживание
        """,
        """
        client: я хотел бы узнать почему мне никто не перезвонил
        [-1s] operator: сейчас я посмотрю подождите
        client: у вас плохое обслуживание
        """,
        """
        client: я хотел бы узнать почему мне никто не перезвонил
        [-1s] operator: сейчас я посмотрю подождите
        [+4s] client: у вас плохое обслуживание
        client: алло
        client: вы меня слышите
        """,
    ),
)

DEPENDENT_TAG = Translation(
    "speechsense-dependent-tag",
    source="""
    Тег: Извинился за жалобу             Канал: Оператор
    Ключевые фразы: извините
    Точное совпадение: да
    Ограничения:
      - Начало диалога. Где искать: вперёд. Ограничить область поиска: 3 фразы
      - Сработал основной тег: Жалоба. Где искать: вперёд и назад. Область поиска: 2 фразы
    """,
    others={"complaint": "said: {by: client, phrases: [жалоб*]}"},
    rule="""
    any:
      - said:
          by: operator
          phrases: &sorry ['!извините']
          window: {first_utterances: 3, after: {topic: complaint, within_utterances: 2}}
      - said:
          by: operator
          phrases: *sorry
          window: {first_utterances: 3, before: {topic: complaint, within_utterances: 2}}
    """,
    should=(
        "client: у меня жалоба\noperator: так\noperator: извините",
        "operator: извините\nclient: у меня жалоба",
    ),
    should_not=(
        "operator: извините",
        "client: у меня жалоба\noperator: извиняюсь",
        "client: у меня жалоба\noperator: раз\noperator: два\noperator: извините",
        "operator: раз\noperator: два\noperator: три\nclient: жалоба\noperator: извините",
    ),
)

ALL = (AND_OF_RESTRICTIONS, DEPENDENT_TAG)
