"""The list of jobs: filtered, sorted, paged; tags and names that are changed later."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event, insert

from snellen.server.jobs.history import MAX_POINTS, thin_history
from snellen.server.jobs.list_schemas import JobPage, JobQuery, JobSort, Order
from snellen.server.jobs.listing import list_jobs
from snellen.server.jobs.tables import Job, JobTag

pytestmark = pytest.mark.db

URL = "/api/v1/training/jobs"
Make = Callable[..., tuple[int, TestClient]]


def names(api: TestClient, **query: Any) -> list[str]:
    answer = api.get(URL, params=query)
    assert answer.status_code == 200, answer.text
    return [item["name"] for item in answer.json()["items"]]


def validate(client: TestClient, job_id: int, values: list[Any], name: str = "accuracy") -> None:
    for epoch, value in enumerate(values, start=1):
        body = {
            "job_id": job_id, "epoch": epoch, "task_type": "classification", "primary_metric_name": name,
            "primary_metric_value": value,
        }  # fmt: skip
        answer = client.post(f"/api/v1/validation/jobs/{job_id}/results", json=body)
        assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"state": "asleep"}, "state"),
        ({"sort": "colour"}, "sort"),
        ({"order": "sideways"}, "order"),
        ({"limit": 201}, "limit"),
        ({"dataset": "digits"}, "dataset"),
        ({"tag": "a,b"}, "tag"),
        ({"colour": "red"}, "colour"),
        ({"cursor": "bm9uZQ"}, "cursor"),
        ({"cursor": "WyJjcmVhdGVkLmRlc2MiLDFd"}, "cursor"),  # a place without values
        ({"cursor": "WyJjcmVhdGVkLmRlc2MiLDEsImEiXQ"}, "cursor"),  # a name where an id stands
    ],
)
def test_a_question_that_is_not_understood_is_refused(api: TestClient, query: dict[str, Any], named: str) -> None:
    answer = api.get(URL, params=query)
    assert answer.status_code == 422
    assert named in answer.json()["detail"]


def test_a_cursor_belongs_to_its_order(api: TestClient, external_job: Make) -> None:
    for _ in range(2):
        external_job()
    cursor = api.get(URL, params={"limit": 1}).json()["next_cursor"]
    assert api.get(URL, params={"limit": 1, "cursor": cursor}).json()["next_cursor"] is None
    answer = api.get(URL, params={"sort": "name", "cursor": cursor})
    assert answer.status_code == 422
    assert "same sort" in answer.json()["detail"]


def test_filters_leave_what_has_one_of_their_values(api: TestClient, external_job: Make) -> None:
    external_job(name="a", task="detection", trainer="mine", tags=["night", "baseline"])
    job_id, client = external_job(name="b", task="classification", trainer="theirs", tags=["night"])
    external_job(name="c", task="pose", trainer="theirs", model="50%_off.pt")
    validate(client, job_id, [0.5])
    assert names(api) == ["c", "b", "a"]
    assert names(api, state="running") == ["b"]
    assert names(api, state=["running", "queued"]) == ["c", "b", "a"]
    assert names(api, trainer="theirs") == ["c", "b"]
    assert names(api, trainer="theirs", task=["pose", "detection"]) == ["c"]
    assert names(api, tag="night") == ["b", "a"]
    assert names(api, tag=["Night", "  BASELINE "]) == ["a"]
    assert names(api, search="50%_OFF") == ["c"], "no pattern, whatever it looks like"
    assert names(api, search="own.pt") == ["b", "a"]
    assert names(api, search=f"#{job_id}") == ["b"]
    assert names(api, search="nothing") == []
    assert names(api, dataset=77) == []


def test_every_sort_goes_both_ways_and_its_pages_hold_everything_once(api: TestClient, external_job: Make) -> None:
    for name, epochs, values in (("b", 5, [0.2, 0.9]), ("A", 7, [0.5]), ("c", 5, []), ("d", 6, [0.7]), ("b", 9, [])):
        job_id, client = external_job(name=name, epochs=epochs, primary_metric="accuracy")
        validate(client, job_id, values)
    expected = {
        "created": "b d c A b", "name": "A b b c d", "epochs": "b A d c b", "best": "b d A b c", "state": "d A b b c",
    }  # fmt: skip
    for sort in JobSort:
        ways = {}
        for order in (None, *Order):
            items, cursor, pages = [], None, 0
            while cursor is not None or not pages:
                query = {"sort": sort, "limit": 2, **({"order": order} if order else {})}
                page = api.get(URL, params=query | ({"cursor": cursor} if cursor else {})).json()
                items += page["items"]
                cursor, pages = page["next_cursor"], pages + 1
            assert pages == 3
            assert len({item["id"] for item in items}) == 5, (sort, order)
            ways[order] = [item["id"] for item in items]
            if order is None and sort in expected:
                assert " ".join(item["name"] for item in items) == expected[sort], sort
        assert ways[None] in (ways[Order.ASC], ways[Order.DESC])
        if sort is not JobSort.DURATION:  # what has not begun is the last there, both ways
            assert ways[Order.ASC] == ways[Order.DESC][::-1], sort


def test_the_best_of_a_loss_is_the_least_and_metrics_stand_apart(api: TestClient, external_job: Make) -> None:
    for name, metric, value in (("x", "loss", 0.4), ("y", "top1", 0.3), ("z", "loss", 0.1), ("w", "top1", 0.9)):
        job_id, client = external_job(name=name, task="classification")
        validate(client, job_id, [value], name=metric)
    assert "".join(names(api, sort="best")) == "wyzx"


def test_pages_stay_in_place_while_jobs_arrive(api: TestClient, external_job: Make) -> None:
    for number in range(4):
        external_job(name=f"n{number}")
    first = api.get(URL, params={"limit": 2}).json()
    external_job(name="new")
    second = api.get(URL, params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert [item["name"] for page in (first, second) for item in page["items"]] == ["n3", "n2", "n1", "n0"]
    assert second["next_cursor"] is None


def test_a_running_job_does_not_move_between_pages_by_growing_older(api: TestClient, external_job: Make) -> None:
    """What runs is as long as it was when the first page was asked for."""
    for number in range(3):
        job_id, client = external_job(name=f"n{number}")
        validate(client, job_id, [0.5])
    first = api.get(URL, params={"limit": 1, "sort": "duration"}).json()
    seen, cursor = [item["id"] for item in first["items"]], first["next_cursor"]
    while cursor:
        page = api.get(URL, params={"limit": 1, "sort": "duration", "cursor": cursor}).json()
        seen, cursor = seen + [item["id"] for item in page["items"]], page["next_cursor"]
    assert len(seen) == len(set(seen)) == 3


def test_a_row_has_the_course_of_its_primary_metric(api: TestClient, external_job: Make) -> None:
    job_id, client = external_job(epochs=80)
    validate(client, job_id, [e / 100 for e in range(1, 40)] + ["NaN", 0.9] + [0.5] * 9)
    (row,) = api.get(URL).json()["items"]
    history = row["history"]
    assert len(history) <= MAX_POINTS
    assert history[0] == [1, 0.01]
    assert [41, 0.9] in history
    assert history[-1] == [50, 0.5]
    assert all(value == value for _, value in history)


def test_a_thinned_course_keeps_its_ends_and_extremes() -> None:
    points = [(epoch, float(epoch % 7)) for epoch in range(1, 1000)]
    points[500] = (501, -3.0)
    points[700] = (701, 99.0)
    kept = thin_history(points)
    assert len(kept) <= MAX_POINTS
    assert kept == sorted(kept)
    assert {(1, 1.0), (501, -3.0), (701, 99.0), points[-1]} <= set(kept)
    assert thin_history(points[:MAX_POINTS]) == points[:MAX_POINTS]
    assert thin_history([]) == []


@pytest.mark.parametrize(
    ("tags", "why"),
    [([""], "1 to 50"), (["a,b"], "commas"), (["x" * 51], "1 to 50"), (["a\x00b"], "seen"),
     ([f"t{n}" for n in range(21)], "at most 20")],
)  # fmt: skip
def test_tags_that_are_none_are_refused(api: TestClient, external_job: Make, tags: list[str], why: str) -> None:
    job_id, _ = external_job(tags=["kept"])
    for answer in (
        api.patch(f"{URL}/{job_id}", json={"tags": tags}),
        api.post(URL, json={"model": "m", "epochs": 1, "launcher": "external", "tags": tags}),
    ):
        assert answer.status_code == 422
        assert why in answer.json()["detail"]
    assert api.get(f"{URL}/{job_id}").json()["tags"] == ["kept"]
    assert len(names(api)) == 1


def test_a_name_and_tags_are_changed_and_the_change_is_in_the_audit_log(api: TestClient, external_job: Make) -> None:
    assert api.patch(f"{URL}/9", json={"name": "x"}).status_code == 404
    job_id, _ = external_job(name="first", tags=["Night  shift", "night shift", "B"])
    assert api.get(f"{URL}/{job_id}").json()["tags"] == ["b", "night shift"]
    for body in ({"name": "  "}, {"name": "x" * 201}, {"state": "completed"}):
        assert api.patch(f"{URL}/{job_id}", json=body).status_code == 422
    answer = api.patch(f"{URL}/{job_id}", json={"name": " second ", "tags": ["b", "day"]})
    assert answer.status_code == 200
    assert (answer.json()["name"], answer.json()["tags"]) == ("second", ["b", "day"])
    assert api.patch(f"{URL}/{job_id}", json={}).json()["tags"] == ["b", "day"]
    assert api.patch(f"{URL}/{job_id}", json={"tags": []}).json()["tags"] == []
    entries = api.get("/api/v1/audit", params={"action": "job.change"}).json()["items"]
    assert [entry["target"] for entry in entries] == [f"job {job_id}"] * 2, "what changes nothing is no entry"
    assert entries[1]["detail"] == {
        "name": "second", "before": "first", "tags": ["b", "day"], "tags_before": ["b", "night shift"],
    }  # fmt: skip


def test_what_there_is_to_filter_by_is_counted(api: TestClient, external_job: Make) -> None:
    external_job(task="pose", trainer="mine", tags=["a", "b"])
    external_job(task="pose", trainer="theirs", tags=["b"])
    found = api.get("/api/v1/training/job-kinds").json()
    assert found == {
        "total": 2,
        "states": [{"value": "queued", "count": 2}],
        "trainers": [{"value": "mine", "count": 1}, {"value": "theirs", "count": 1}],
        "tasks": [{"value": "pose", "count": 2}],
        "datasets": [],
        "tags": [{"value": "b", "count": 2}, {"value": "a", "count": 1}],
    }


def test_the_largest_page_is_small_and_asks_the_database_a_few_questions(api: TestClient, external_job: Make) -> None:
    """Two hundred jobs whose every text is as long as it may be; no question for each of them."""
    job_id, _ = external_job(name="n" * 200, model="m" * 1000, tags=[f"{n:02} " + "t" * 47 for n in range(20)])
    state = api.app.state.snellen  # type: ignore[attr-defined]
    with state.database.write() as session:
        first = {c.name: getattr(session.get(Job, job_id), c.name) for c in Job.__table__.columns}
        wide = {
            "class_names": [f"class {n}" for n in range(1000)], "exit_reason": "r" * 5000, "state": "failed",
            "history": [(n, n / 7) for n in range(MAX_POINTS)], "snapshot": "f" * 64, "dataset_name": "d" * 200,
        }  # fmt: skip
        rows = [first | wide | {"id": job_id + n, "client_id": str(n)} for n in range(1, 200)]
        session.execute(insert(Job), rows)
        tags = [f"{n:02} " + "t" * 47 for n in range(20)]
        session.execute(
            insert(JobTag),
            [{"job_id": row["id"], "tag": tag, "project_id": row["project_id"]} for row in rows for tag in tags],
        )
    page: list[JobPage] = []

    def ask() -> None:
        with state.database.read() as session:
            rows, following = list_jobs(session, projects=None, query=JobQuery(limit=200))
            page.append(JobPage(items=rows, next_cursor=following))

    asked = asked_by(state, ask)
    assert len(page[0].items) == 200
    assert len(page[0].model_dump_json()) < 1_000_000
    assert len(asked) <= 3


def test_a_hundred_thousand_jobs_are_listed_by_their_indexes(api: TestClient, external_job: Make) -> None:
    """SQLite says how it finds a page: by an index in the order asked for, without sorting all of them."""
    external_job()
    state = api.app.state.snellen  # type: ignore[attr-defined]
    if not state.database.is_sqlite:
        pytest.skip("its planner decides by the statistics of what is there")
    for sort in (JobSort.CREATED, JobSort.NAME, JobSort.EPOCHS, JobSort.BEST):
        statement, parameters = asked_by(state, functools.partial(_first_page, state, sort))[0]
        with state.database.engine.connect() as connection:
            rows = connection.exec_driver_sql("EXPLAIN QUERY PLAN " + statement, parameters).all()
        plan = " ".join(row[3] for row in rows)
        assert "jobs" in plan
        assert "TEMP B-TREE" not in plan, (sort, plan)
        assert "INDEX" in plan or sort is JobSort.CREATED, (sort, plan)


def _first_page(state: Any, sort: JobSort) -> None:
    with state.database.read() as session:
        list_jobs(session, projects=None, query=JobQuery(sort=sort))


def asked_by(state: Any, call: Callable[[], None]) -> list[tuple[str, Any]]:
    """The statements of a call, not those of the server's own threads."""
    asked: list[tuple[str, Any]] = []
    mine = threading.get_ident()

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if threading.get_ident() == mine and statement.startswith("SELECT"):
            asked.append((statement, parameters))

    event.listen(state.database.engine, "before_cursor_execute", note)
    try:
        call()
    finally:
        event.remove(state.database.engine, "before_cursor_execute", note)
    return asked
