"""`make bench-topics`: what it costs to judge calls by rules, beside a rapidfuzz loop per phrase.

Seeded: inflected Russian words, Zipf-distributed, a long tail of misheard ones, 500-word calls with
at least three planted hits, frequent words in a tenth of the phrases. Prints a table with the
machine and, as the last line, all figures as JSON.
"""

import argparse
import json
import platform
import random
import resource
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

from services.topics.language.rule import parse_rule
from services.topics.language.ruleset import RuleSet, Topic
from services.topics.matching.batch import BOTH_SIDES, Batch, ContactSpeech, Heard, Leg, make_batch
from services.topics.matching.findings import make_look_up
from services.topics.matching.match import Matcher
from shared.text.analyser import lexeme_forms
from shared.text.expansion import Matches, Stretch, expand
from shared.text.packed import UTTERANCE_START, Packed
from shared.text.terms import Term

WORDS_PER_CALL = 500
WORDS_PER_UTTERANCE = 12
WORD_MS = 350
PHRASES_PER_TOPIC = 10
NAIVE_CALLS = 2
NAIVE_CUTOFF = 85
FREQUENT = 200
ASKED = 1500

Result = TypeVar("Result")

STEMS = (
    "вернуть деньги договор скидка доставка оплатить заказ товар оператор клиент телефон номер "
    "тариф услуга подключить отключить проблема решение качество сервис ждать звонок перезвонить "
    "менеджер начальник жалоба претензия гарантия ремонт мастер адрес город улица стоимость цена "
    "дорого дешево купить продать холодильник машина диван камера роутер интернет связь слышно"
)


@dataclass(frozen=True)
class Corpus:
    """A lexicon and calls over it; words 0 to 199 are frequent."""

    forms: list[str]
    calls: list[ContactSpeech]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=1024)
    parser.add_argument("--topics", type=int, default=200)
    parser.add_argument("--forms", type=int, default=300_000)
    options = parser.parse_args()
    choose = random.Random(1)
    forms = make_forms(options.forms, choose)
    phrases = [make_phrase(forms, choose) for _ in range(2 * options.topics * PHRASES_PER_TOPIC)]
    corpus = make_corpus(forms, phrases, options.calls)
    rules = make_rules(phrases, options.topics)
    stretch = Stretch(forms, 0)
    expansions, expand_s = timed(
        lambda: {term: expand(term, stretch) for term in rules.terms}, runs=1
    )
    figures: dict[str, float] = {
        "calls": len(corpus.calls),
        "topics": options.topics,
        "phrases": options.topics * PHRASES_PER_TOPIC,
        "forms": len(forms),
        "terms": len(rules.terms),
        "expand_ms_per_term": 1000 * expand_s / len(rules.terms),
    }
    batch, layout_s = timed(lambda: make_batch(corpus.calls))
    matched_us = measure(figures, rules, expansions, batch, layout_s)
    doubled = make_rules(phrases, 2 * options.topics)
    more = {term: expansions.get(term) or expand(term, stretch) for term in doubled.terms}
    matcher = Matcher(doubled, more)
    _, doubled_s = timed(lambda: matcher.judge(batch).verdicts)
    figures["double_topics_ratio"] = per_call_us(doubled_s, batch) / matched_us
    one = RuleSet(rules.topics[:1], 1)
    matcher = Matcher(one, {term: expansions[term] for term in one.terms})
    _, one_s = timed(lambda: matcher.judge(batch).verdicts)
    figures["one_topic_us_per_call"] = per_call_us(one_s, batch)
    naive_us = naive(corpus, phrases[: options.topics * PHRASES_PER_TOPIC])
    figures["naive_us_per_call"] = naive_us
    figures["naive_ratio"] = naive_us / (matched_us + figures["layout_us_per_call"])
    figures["peak_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print_table(figures)


def measure(
    figures: dict[str, float],
    rules: RuleSet,
    expansions: dict[Term, Matches],
    batch: Batch,
    layout_s: float,
) -> float:
    """Time the passes over a batch; the matching alone in µs per call."""
    look_up = make_look_up(rules, expansions)
    _, pass_s = timed(lambda: np.flatnonzero(look_up.interesting[batch.ids]))
    matcher = Matcher(rules, expansions)
    judged, judge_s = timed(lambda: matcher.judge(batch))
    yes, verdicts_s = timed(lambda: int((judged.verdicts == 2).sum()))
    figures["layout_us_per_call"] = per_call_us(layout_s, batch)
    figures["look_up_us_per_call"] = per_call_us(pass_s, batch)
    figures["match_us_per_call"] = per_call_us(judge_s + verdicts_s, batch)
    figures["marks_per_call"] = yes / len(batch.contacts)
    return figures["match_us_per_call"]


def timed(work: Callable[[], Result], runs: int = 3) -> tuple[Result, float]:
    """Result of the work and the least CPU seconds of several runs: the machine may be busy."""
    start = time.process_time()
    result = work()
    best = time.process_time() - start
    for _ in range(runs - 1):
        start = time.process_time()
        result = work()
        best = min(best, time.process_time() - start)
    return result, best


def per_call_us(seconds: float, batch: Batch) -> float:
    """Microseconds per call of the batch."""
    return 1e6 * seconds / len(batch.contacts)


def make_forms(count: int, choose: random.Random) -> list[str]:
    """Distinct forms in the order of frequency: inflected words and what recognition makes of them."""
    forms = dict.fromkeys(form for word in STEMS.split() for form in sorted(lexeme_forms(word)))
    letters = "абвгдежзиклмнопрстуфхцчшыэюя"
    known = list(forms)
    while len(forms) < count:
        word = choose.choice(known)
        place = choose.randrange(len(word))
        noise = "".join(choose.choices(letters, k=choose.randint(1, 4)))
        forms[word[:place] + noise + word[place + 1 :]] = None
    # Forms of one word lie apart in frequency, as they do in speech.
    mixed = list(forms)
    choose.shuffle(mixed)
    return mixed


def make_phrase(forms: Sequence[str], choose: random.Random) -> str:
    """Two or three words; a tenth of the phrases hold a word from the head of the distribution."""
    head = choose.random() < 0.1
    words = [
        forms[choose.randrange(FREQUENT if head else ASKED)] for _ in range(choose.randint(2, 3))
    ]
    return " ".join(words)


def make_rules(phrases: Sequence[str], topics: int) -> RuleSet:
    """Topics of ten phrases, with speakers and windows."""
    speakers = ("operator", "client", "anyone")
    made = []
    for number in range(topics):
        own = phrases[number * PHRASES_PER_TOPIC : (number + 1) * PHRASES_PER_TOPIC]
        said: dict[str, object] = {"phrases": list(own), "by": speakers[number % 3]}
        if number % 4 == 0:
            said["window"] = {"first_s": 120}
        made.append(Topic(number, number, f"topic-{number}", parse_rule({"said": said})))
    return RuleSet(tuple(made), 1)


def make_corpus(forms: list[str], phrases: Sequence[str], calls: int) -> Corpus:
    """Calls of two speakers in turn, words by Zipf's law, three phrases planted in each."""
    rng = np.random.default_rng(1)
    numbers = {form: n for n, form in enumerate(forms)}
    weights = 1.0 / np.arange(1, len(forms) + 1)
    bounds = np.cumsum(weights / weights.sum())
    planted = [[numbers[word] for word in phrase.split()] for phrase in phrases]
    return Corpus(forms, [make_call(n, rng, bounds, planted) for n in range(calls)])


def make_call(
    number: int,
    rng: np.random.Generator,
    bounds: NDArray[np.float64],
    planted: Sequence[Sequence[int]],
) -> ContactSpeech:
    """One call of two channels in packed order."""
    ids = np.searchsorted(bounds, rng.random(WORDS_PER_CALL)).astype(np.uint32)
    ids = np.minimum(ids, len(bounds) - 1).astype(np.uint32)
    for _ in range(3):
        words = planted[int(rng.integers(len(planted)))]
        place = int(rng.integers(WORDS_PER_CALL - len(words)))
        ids[place : place + len(words)] = words
    half = WORDS_PER_CALL // 2
    own = np.arange(half)
    starts = (own // WORDS_PER_UTTERANCE) * 2 * WORDS_PER_UTTERANCE + own % WORDS_PER_UTTERANCE
    starts_ms = np.concatenate([starts, starts + WORDS_PER_UTTERANCE]).astype(np.uint32) * WORD_MS
    lanes = np.repeat(np.array([0, 0b101], np.uint8), half)
    first = np.tile(own % WORDS_PER_UTTERANCE == 0, 2)
    packed = Packed(
        token_ids=ids,
        word_index=np.arange(WORDS_PER_CALL, dtype=np.uint32),
        speakers=(lanes | np.where(first, UTTERANCE_START, 0)).astype(np.uint8),
        start_ms=starts_ms,
        end_ms=starts_ms + np.uint32(WORD_MS - 50),
    )
    length_ms = int(packed.end_ms.max())
    heard = Heard(number, packed, 0, length_ms, BOTH_SIDES, (0,))
    leg = Leg(number, None, 0, length_ms, talked=True, heard=True)
    return ContactSpeech(number, BOTH_SIDES, True, (leg,), (heard,))


def naive(corpus: Corpus, phrases: Sequence[str]) -> float:
    """Microseconds per call of a straightforward loop over phrases."""
    texts = [
        " ".join(corpus.forms[n] for n in call.recordings[0].packed.token_ids)
        for call in corpus.calls[:NAIVE_CALLS]
    ]
    start = time.process_time()
    for text in texts:
        for phrase in phrases:
            fuzz.partial_ratio(phrase, text, score_cutoff=NAIVE_CUTOFF)
    return 1e6 * (time.process_time() - start) / len(texts)


def print_table(figures: dict[str, float]) -> None:
    """A table for people, then one JSON line for machines."""
    print(f"{platform.platform()} · {platform.processor() or platform.machine()} · Python "
          f"{platform.python_version()} · numpy {np.__version__}")  # fmt: skip
    for name, value in figures.items():
        print(f"  {name:24} {value:14,.2f}")
    print(json.dumps({name: round(value, 3) for name, value in figures.items()}))


if __name__ == "__main__":
    main()
