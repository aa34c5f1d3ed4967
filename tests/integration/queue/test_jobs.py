"""The job table's promises, on both databases."""

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import Row, select, update

from shared.db.session import Database, now_ms
from shared.db.tables import jobs
from shared.domain.pipeline import JobState, Priority
from shared.errors import (
    Conflict,
    DatabaseUnavailable,
    JobFailed,
    NotFound,
    StorageUnavailable,
    UnsupportedSound,
)
from shared.queue import jobs as verbs
from shared.queue.jobs import JobLost
from shared.queue.runner import Finish, JobContext, Parts, give_up, run_job
from shared.queue.sweeper import Sweeper, take_back, take_waiting
from tests.rows import add_account


@pytest.fixture
def account_id(database: Database) -> int:
    with database.write() as connection:
        return add_account(connection)


def ask(database: Database, account_id: int, subject_id: int = 1, **options: object) -> int:
    with database.write() as connection:
        return verbs.ask(
            connection, account_id=account_id, kind="tag", subject_id=subject_id, **options
        )


def claim(database: Database, job_id: int, worker: str = "w") -> verbs.Job:
    with database.write() as connection:
        job = verbs.claim(connection, job_id, worker=worker, lease_s=5)
    assert job is not None
    return job


def row(database: Database, job_id: int) -> Row[tuple[object, ...]]:
    with database.read() as connection:
        return connection.execute(select(jobs).where(jobs.c.id == job_id)).one()


def nothing(context: JobContext) -> Finish:
    return lambda connection: None


def test_asking_twice_is_one_job(database: Database, account_id: int) -> None:
    first = ask(database, account_id)
    assert ask(database, account_id) == first


def test_concurrent_askers_share_one_job(database: Database, account_id: int) -> None:
    barrier = threading.Barrier(6)
    ids: list[int] = []

    def work() -> None:
        barrier.wait()
        ids.append(ask(database, account_id))

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ids) == 6
    assert len(set(ids)) == 1


def test_only_one_claim_wins(database: Database, account_id: int) -> None:
    job_id = ask(database, account_id)
    claim(database, job_id)
    with database.write() as connection:
        assert verbs.claim(connection, job_id, worker="other", lease_s=5) is None


def test_asking_while_running_runs_once_more(parts: Parts, account_id: int) -> None:
    job_id = ask(parts.database, account_id)
    seen: list[int] = []

    def handler(context: JobContext) -> Finish:
        seen.append(context.job.attempt)
        if len(seen) == 1:
            ask(parts.database, account_id)
        return lambda connection: None

    assert run_job(parts, {"tag": handler}, job_id, worker="w")
    assert row(parts.database, job_id).state == JobState.PENDING
    assert run_job(parts, {"tag": handler}, job_id, worker="w")
    assert row(parts.database, job_id).state == JobState.DONE
    assert seen == [1, 2]


def test_more_urgent_asking_moves_the_job_forward(database: Database, account_id: int) -> None:
    job_id = ask(database, account_id, priority=Priority.RUNS)
    ask(database, account_id, priority=Priority.ASKED)
    assert row(database, job_id).priority == Priority.ASKED
    ask(database, account_id, priority=Priority.RUNS)
    assert row(database, job_id).priority == Priority.ASKED


def test_result_of_an_older_attempt_is_thrown_away(parts: Parts, account_id: int) -> None:
    """A worker that was thought dead comes back: nothing of it is stored."""
    job_id = ask(parts.database, account_id)
    stored: list[str] = []

    def slow(context: JobContext) -> Finish:
        with parts.database.write() as connection:
            connection.execute(update(jobs).values(lease_until_ms=now_ms() - 1))
            assert take_back(connection, kinds=["tag"], max_attempts=3) == 1
        assert run_job(parts, {"tag": fast}, job_id, worker="second")
        return lambda connection: stored.append("slow")

    def fast(context: JobContext) -> Finish:
        return lambda connection: stored.append("fast")

    run_job(parts, {"tag": slow}, job_id, worker="first")
    assert stored == ["fast"]
    final = row(parts.database, job_id)
    assert (final.state, final.attempt, final.worker) == (JobState.DONE, 2, "second")


def test_result_and_state_are_one_transaction(parts: Parts, account_id: int) -> None:
    job_id = ask(parts.database, account_id)

    def handler(context: JobContext) -> Finish:
        def finish(connection: object) -> None:
            ask_in_same = verbs.ask(connection, account_id=account_id, kind="relabel", subject_id=7)  # type: ignore[arg-type]
            assert ask_in_same
            raise JobFailed("broken", "the result cannot be stored")

        return finish

    run_job(parts, {"tag": handler}, job_id, worker="w")
    with parts.database.read() as connection:
        kinds = connection.execute(select(jobs.c.kind, jobs.c.state, jobs.c.error_code)).all()
    assert [tuple(k) for k in kinds] == [("tag", "failed", "broken")]


def test_a_hiccup_at_the_end_does_not_repeat_the_work(parts: Parts, account_id: int) -> None:
    job_id = ask(parts.database, account_id)
    worked: list[int] = []
    stored: list[int] = []

    def handler(context: JobContext) -> Finish:
        worked.append(1)

        def finish(connection: object) -> None:
            stored.append(1)
            if len(stored) == 1:
                raise DatabaseUnavailable("deadlock detected")

        return finish

    run_job(parts, {"tag": handler}, job_id, worker="w")
    assert (len(worked), len(stored)) == (1, 2)
    assert row(parts.database, job_id).state == JobState.DONE


@pytest.mark.parametrize(
    ("error", "state", "code", "tries"),
    [
        pytest.param(JobFailed("no-way", "x"), "failed", "no-way", 1, id="final failure"),
        pytest.param(UnsupportedSound("not-sound", "x"), "failed", "not-sound", 1, id="bad sound"),
        pytest.param(
            StorageUnavailable("x"),
            "pending",
            "storage-unavailable",
            0,
            id="part down: no try used",
        ),
    ],
)
def test_ends_of_a_job(
    parts: Parts, account_id: int, error: Exception, state: str, code: str, tries: int
) -> None:
    job_id = ask(parts.database, account_id)

    def handler(context: JobContext) -> Finish:
        raise error

    run_job(parts, {"tag": handler}, job_id, worker="w")
    final = row(parts.database, job_id)
    assert (final.state, final.error_code, final.tries) == (state, code, tries)
    if state == "pending":
        assert final.due_at_ms > parts.database.clock_ms()


def test_unexpected_errors_use_up_the_tries(parts: Parts, account_id: int) -> None:
    job_id = ask(parts.database, account_id)

    def handler(context: JobContext) -> Finish:
        raise ZeroDivisionError("oops")

    states = []
    for _ in range(parts.settings.max_attempts):
        with parts.database.write() as connection:
            connection.execute(update(jobs).values(due_at_ms=0))
        with pytest.raises(ZeroDivisionError) as caught:
            run_job(parts, {"tag": handler}, job_id, worker="w")
        give_up(parts, job_id, worker="w", error=caught.value)
        states.append(row(parts.database, job_id).state)
    assert states == ["pending", "pending", "failed"]
    assert row(parts.database, job_id).error_message == "ZeroDivisionError: oops"


def test_cancelling_a_running_job_stops_it(parts: Parts, account_id: int) -> None:
    job_id = ask(parts.database, account_id)
    reached: list[str] = []

    def handler(context: JobContext) -> Finish:
        with parts.database.write() as connection:
            verbs.cancel(connection, account_id=account_id, job_id=job_id)
        deadline = threading.Event()
        for _ in range(200):
            context.progress(0.5)
            deadline.wait(0.05)
        reached.append("end")
        return lambda connection: None

    run_job(parts, {"tag": handler}, job_id, worker="w")
    assert reached == []
    assert row(parts.database, job_id).state == JobState.CANCELLED


@pytest.mark.parametrize(
    ("verb", "prepare", "error"),
    [
        pytest.param(verbs.retry, "pending", Conflict, id="retry while waiting"),
        pytest.param(verbs.cancel, "done", Conflict, id="cancel when done"),
        pytest.param(verbs.retry, "foreign", NotFound, id="another account's job"),
        pytest.param(verbs.cancel, "foreign", NotFound, id="cancel another account's job"),
    ],
)
def test_refusals(
    parts: Parts,
    account_id: int,
    verb: Callable[..., None],
    prepare: str,
    error: type[Exception],
) -> None:
    job_id = ask(parts.database, account_id)
    if prepare == "done":
        run_job(parts, {"tag": nothing}, job_id, worker="w")
    owner = account_id + 1 if prepare == "foreign" else account_id
    with pytest.raises(error), parts.database.write() as connection:
        verb(connection, account_id=owner, job_id=job_id)


def test_retry_starts_a_failed_job_anew(parts: Parts, account_id: int) -> None:
    job_id = ask(parts.database, account_id)
    with parts.database.write() as connection:
        job = verbs.claim(connection, job_id, worker="w", lease_s=5)
        assert job is not None
        verbs.fail(connection, job, code="broken", message="why")
    with parts.database.write() as connection:
        verbs.retry(connection, account_id=account_id, job_id=job_id)
    again = row(parts.database, job_id)
    assert (again.state, again.error_code, again.priority) == ("pending", "", Priority.ASKED)


def test_lost_worker_uses_up_tries_and_fails_with_advice(
    database: Database, account_id: int
) -> None:
    job_id = ask(database, account_id)
    for _ in range(3):
        claim(database, job_id)
        with database.write() as connection:
            connection.execute(update(jobs).values(lease_until_ms=now_ms() - 1))
            take_back(connection, kinds=["tag"], max_attempts=3)
    final = row(database, job_id)
    assert (final.state, final.error_code) == (JobState.FAILED, "worker-lost")
    assert "retry" in final.error_message


@pytest.mark.parametrize("ended", ["lost", "crashed"])
def test_a_job_asked_for_during_its_last_try_starts_over(
    parts: Parts, account_id: int, ended: str
) -> None:
    """Who asks just before the last try ends badly is answered like who asks just after."""
    job_id = ask(parts.database, account_id)
    with parts.database.write() as connection:
        connection.execute(update(jobs).values(tries=parts.settings.max_attempts - 1))
    claim(parts.database, job_id)
    ask(parts.database, account_id)
    with parts.database.write() as connection:
        connection.execute(update(jobs).values(lease_until_ms=now_ms() - 1))
    if ended == "lost":
        with parts.database.write() as connection:
            take_back(connection, kinds=["tag"], max_attempts=parts.settings.max_attempts)
    else:
        give_up(parts, job_id, worker="w", error=ZeroDivisionError("oops"))
    final = row(parts.database, job_id)
    assert (final.state, final.tries, final.finished_at_ms) == (JobState.PENDING, 0, None)


def test_sweeper_publishes_each_job_once_and_in_order(database: Database, account_id: int) -> None:
    for subject in range(5):
        ask(database, account_id, subject, priority=Priority.RUNS)
    urgent = ask(database, account_id, 9, priority=Priority.ASKED)
    sent: list[tuple[int, str, Priority]] = []
    sweeper = Sweeper(database, lambda *m: sent.append(m), kinds=["tag"], max_attempts=3, ahead=3)
    assert sweeper.sweep() == 4
    assert sweeper.sweep() == 0
    assert sent[0] == (urgent, "tag", Priority.ASKED)
    assert [p for _, _, p in sent[1:]] == [Priority.RUNS] * 3
    sweeper.forget_messages()
    assert sweeper.sweep() == 4


def test_two_sweepers_never_publish_the_same_job(database: Database, account_id: int) -> None:
    for subject in range(200):
        ask(database, account_id, subject)
    barrier = threading.Barrier(2)
    taken: list[int] = []

    def work() -> None:
        barrier.wait()
        for _ in range(20):
            with database.write() as connection:
                rows = take_waiting(connection, kinds=["tag"], ahead=200, republish_after_s=60)
            taken.extend(job_id for job_id, _, _ in rows)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == len(set(taken)) == 200


def test_renewing_a_lost_lease_is_refused(database: Database, account_id: int) -> None:
    job_id = ask(database, account_id)
    job = claim(database, job_id)
    with database.write() as connection:
        verbs.cancel(connection, account_id=account_id, job_id=job_id)
    with pytest.raises(JobLost), database.write() as connection:
        verbs.renew(connection, job, progress=0.5, lease_s=5)
