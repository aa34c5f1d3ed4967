"""MANGO OFFICE «Речевая аналитика», guide v1.26.18, §3.2.2 and §5.1 (M-03 … M-10)."""

from . import Translation

# «Купить окно» there means both words in one fragment in any order: here both orders, far apart.
# «В начале» and «в конце» are the first and the last 20 %; the next fragment is the next utterance
# of those who are asked about. `!` there pins every word, here one; «купить !окно», which MANGO
# refuses, can be written too.
THREE_BLOCKS = Translation(
    "mango-three-blocks",
    source="""
    Тематика: Замер предложили, но не попрощались
    Условие 1. Кого анализируем: клиент. Где встречаются: в начале разговора. Как повторяются: 1.
        Говорил: купить окно, "заказать окно", !окошко
    Условие 2. Кого анализируем: сотрудник. Где встречаются: в следующей фразе.
        Как повторяются: 1. Говорил: "!бесплатный замер", замерщик
    Условие 3. Кого анализируем: сотрудник. Где встречаются: в конце разговора.
        Как повторяются: 1. Не говорил: до свидания, "всего доброго"
    """,
    rule="""
    all:
      - said: &wish
          by: client
          phrases: [купить <50> окно, окно <50> купить, '"заказать окно"', '!окошко']
          window: {first_percent: 20}
      - said:
          by: operator
          phrases: ['"!бесплатный !замер"', замерщик]
          window:
            after: {said: *wish, within_utterances: 1}
      - not_said:
          by: operator
          phrases: [до <50> свидания, свидания <50> до, '"всего доброго"']
          window: {last_percent: 20}
    """,
    should=(
        """
        client: хочу у вас купить пластиковое окно
        operator: приедет замерщик
        client: хорошо когда он может ко мне приехать на этой неделе
        operator: в среду после обеда вас устроит
        client: да вполне
        operator: записала
        """,
        """
        client: мне бы окошко на дачу
        operator: у нас бесплатный замер
        client: хорошо приезжайте в субботу я буду дома весь день с утра и до вечера
        operator: записала
        """,
    ),
    should_not=(
        # Block 1: not the client, not at the beginning, not the form.
        "operator: вы хотели купить окно\noperator: приедет замерщик\n[+20s] operator: ждите",
        "client: алло\n[+9s] client: хочу купить окно\noperator: приедет замерщик",
        "client: у вас есть окошки\noperator: приедет замерщик\n[+20s] operator: ждите",
        # Block 2: not in the next utterance, not the form.
        """
        client: хочу купить окно
        operator: минуту
        operator: приедет замерщик
        [+20s] operator: ждите
        """,
        "client: хочу купить окно\noperator: о бесплатном замере\n[+20s] operator: ждите",
        # Block 3: said.
        "client: хочу купить окно\noperator: приедет замерщик\n[+20s] operator: до свидания",
    ),
)

TWICE_IN_THE_MIDDLE = Translation(
    "mango-twice-in-the-middle",
    source="""
    Тематика: Дорого
    Условие 1. Кого анализируем: сотрудник и клиент. Где встречаются: в середине разговора.
        Как повторяются: 2. Говорил: дорого, !цена
    Условие 2. Кого анализируем: сотрудник. Где встречаются: в следующих фразах.
        Как повторяются: 1. Говорил: скидка
    """,
    rule="""
    all:
      - said: &dear
          phrases: [дорого, '!цена']
          at_least: 2
          window: {skip_first_percent: 20, skip_last_percent: 20}
      - said:
          by: operator
          phrases: [скидка]
          window: {after: {said: *dear}}
    """,
    should=(
        "[+5s] client: дорого\noperator: какая цена\nclient: дорого\noperator: есть скидка\n[+5s]",
    ),
    should_not=(
        "client: дорого\n[+9s] client: дорого\noperator: есть скидка\n[+5s]",
        "[+5s] client: дорого\noperator: есть скидка\n[+5s]",
        "[+5s] operator: есть скидка\nclient: дорого\nclient: дорого\n[+5s]",
    ),
)

ALL = (THREE_BLOCKS, TWICE_IN_THE_MIDDLE)
