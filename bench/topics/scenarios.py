"""What a child process does: fill a database, or measure a filled one."""

import time
from pathlib import Path

from bench.topics.corpus import PHRASES_PER_TOPIC, make_corpus
from bench.topics.database import fill
from bench.topics.measuring import naive_s, open_bench, peak_mib
from shared.settings import Settings

Figures = dict[str, float]


def fill_database(address: str, calls: int, topics: int, forms: int) -> float:
    """Seconds of filling the database with twice the topics, the first half of them active."""
    began = time.perf_counter()
    fill(address, make_corpus(forms, 2 * topics), calls=calls, rules=2 * topics, active=topics)
    return time.perf_counter() - began


def usual(address: str, calls: int, topics: int, forms: int, folder: str) -> Figures:
    """Figures of every case of the table."""
    bench = open_bench(address, calls, Settings(data_dir=Path(folder), database_url=address))
    corpus = make_corpus(forms, 2 * topics)
    naive_us = 1e6 * naive_s(corpus, topics * PHRASES_PER_TOPIC)
    first_s = bench.run_s(share=2)
    apply_s = bench.run_s(apply=True)
    hits = bench.hits()
    read_s = bench.read_s()
    half_s = min(bench.run_s(share=2) for _ in range(2))
    half_mib = peak_mib()
    whole_s = min(bench.run_s() for _ in range(2))
    whole_mib = peak_mib()
    one_s = min(bench.run_s(asked=[1]) for _ in range(2))
    preview_ms = bench.preview_ms(corpus, 10_000)
    bench.activate(2 * topics)
    bench.run_s(share=2)
    double_s = min(bench.run_s() for _ in range(2))
    return {
        "read_us_per_call": 1e6 * read_s / calls,
        "dry_run_us_per_call": 1e6 * whole_s / calls,
        "calls_per_s": calls / whole_s,
        "read_ratio": whole_s / read_s,
        "one_topic_ratio": one_s / read_s,
        "naive_us_per_call": naive_us,
        "naive_ratio": naive_us * calls / (1e6 * whole_s),
        "double_topics_ratio": double_s / whole_s,
        "double_calls_ratio": whole_s / half_s,
        "first_run_s": first_s,
        "hits_per_call": hits / calls,
        "apply_hits_per_s": hits / apply_s,
        "apply_ratio": apply_s / whole_s,
        "preview_10k_ms": preview_ms,
        "peak_half_mib": half_mib,
        "peak_mib": whole_mib,
    }


def million(address: str, calls: int, topics: int, forms: int, folder: str) -> Figures:  # noqa: ARG001 - as usual
    """Figures of one dry run over everything, the first that this process makes."""
    bench = open_bench(address, calls, Settings(data_dir=Path(folder), database_url=address))
    first_s = bench.run_s()
    return {
        "million_calls_s": first_s,
        "calls_per_s": calls / first_s,
        "peak_mib": peak_mib(),
    }
