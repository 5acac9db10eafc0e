"""An MLflow server, read over its HTTP interface: importing MLflow's own client would take seconds and 200 MB."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from typing import Any

import httpx

from snellen.contract import numbers
from snellen.errors import ExperimentNotFound, InvalidInput, NotFound, RunNotFound, TrackerUnavailable
from snellen.server.runs.tracker import Experiment, History, Run, finite_or_not

ROOT = "/api/2.0/mlflow/"
#: Up to so many points a key's history is read whole, in pages of so many: each takes MLflow about a second. Of a
#: longer one it chooses so many, evenly spaced.
WHOLE_POINTS, PAGE_POINTS, SAMPLED_POINTS = 100_000, 25_000, 2500
#: Experiments that a search of all runs goes through.
EXPERIMENTS_SEARCHED = 1000
TIMEOUT = httpx.Timeout(20.0, connect=4.0)
#: Requests to it at once, and how long another one waits for its turn: a slow tracker must not take all threads.
AT_ONCE, TURN_SECONDS = 4, 10.0
LONGEST_MESSAGE = 300


class RestTracker:
    """Speaks ``/api/2.0/mlflow`` with the credentials that MLflow's own client would take from the environment."""

    def __init__(self, uri: str, *, environment: Mapping[str, str] = os.environ, timeout: httpx.Timeout = TIMEOUT):
        self._client = httpx.Client(
            base_url=uri.rstrip("/") + ROOT,
            timeout=timeout,
            headers={"accept": "application/json", **_token(environment)},
            auth=_login(environment),
            verify=_verify(environment),
        )
        self._turns = threading.BoundedSemaphore(AT_ONCE)

    def experiments(self, *, search: str | None, limit: int) -> list[Experiment]:
        body: dict[str, Any] = {"max_results": limit, "order_by": ["last_update_time DESC"]}
        if search:
            body["filter"] = f"name ILIKE {_like(search)}"
        answer = self._ask("POST", "experiments/search", json=body)
        return [_experiment(each) for each in answer.get("experiments", ())]

    def experiment(self, experiment_id: str) -> Experiment:
        missing = ExperimentNotFound(f"MLflow has no experiment {experiment_id!r}")
        answer = self._ask("GET", "experiments/get", missing, params={"experiment_id": experiment_id})
        return _experiment(answer["experiment"])

    def runs(
        self, *, experiment_id: str | None, search: str | None, limit: int, cursor: str | None
    ) -> tuple[list[Run], str | None]:
        if experiment_id is None:
            ids = [each.id for each in self.experiments(search=None, limit=EXPERIMENTS_SEARCHED)]
        else:
            ids = [experiment_id]
        if not ids:
            return [], None
        body: dict[str, Any] = {
            "experiment_ids": ids,
            "max_results": limit,
            "order_by": ["attributes.start_time DESC"],
            **({"filter": f"attributes.run_name ILIKE {_like(search)}"} if search else {}),
            **({"page_token": cursor} if cursor else {}),
        }
        answer = self._ask("POST", "runs/search", json=body)
        return [_run(each) for each in answer.get("runs", ())], answer.get("next_page_token") or None

    def runs_of(self, experiment: str, ids: list[str]) -> list[Run]:
        missing = ExperimentNotFound(f"MLflow has no experiment {experiment!r}")
        try:
            found = self._ask("GET", "experiments/get-by-name", missing, params={"experiment_name": experiment})
        except ExperimentNotFound:
            return []
        named = ", ".join(f"'{each}'" for each in ids)
        body = {
            "experiment_ids": [str(found["experiment"]["experiment_id"])],
            "max_results": len(ids),
            "filter": f"attributes.run_id IN ({named})",
        }
        return [_run(each) for each in self._ask("POST", "runs/search", json=body).get("runs", ())] if ids else []

    def run(self, run_id: str) -> Run:
        missing = RunNotFound(f"there is no MLflow run {run_id!r}")
        return _run(self._ask("GET", "runs/get", missing, params={"run_id": run_id})["run"])

    def history(self, run_id: str, key: str) -> History:
        points: list[tuple[int, int, float]] = []
        for page in self._pages(run_id, key):
            points += page
            if len(points) > WHOLE_POINTS:
                return self._sampled(run_id, key)
        return History.of(points)

    def close(self) -> None:
        self._client.close()

    def _pages(self, run_id: str, key: str) -> Iterator[list[tuple[int, int, float]]]:
        missing = RunNotFound(f"there is no MLflow run {run_id!r}")
        params: dict[str, Any] = {"run_id": run_id, "metric_key": key, "max_results": PAGE_POINTS}
        while True:
            answer = self._ask("GET", "metrics/get-history", missing, params=params)
            yield _points(answer)
            token = answer.get("next_page_token")
            if not token:
                return
            params["page_token"] = token

    def _sampled(self, run_id: str, key: str) -> History:
        params = {"run_ids": run_id, "metric_key": key, "max_results": SAMPLED_POINTS}
        return History.of(_points(self._ask("GET", "metrics/get-history-bulk-interval", params=params)), sampled=True)

    def _ask(self, method: str, path: str, missing: NotFound | None = None, **request: Any) -> dict[str, Any]:
        if not self._turns.acquire(timeout=TURN_SECONDS):
            raise TrackerUnavailable("MLflow is slow, and others are waiting for it already; try again in a moment")
        try:
            answer = self._client.request(method, path, **request)
        except httpx.HTTPError as error:
            raise TrackerUnavailable(f"MLflow does not answer ({type(error).__name__}); is it running?") from error
        finally:
            self._turns.release()
        return _read(answer, missing)


def _read(answer: httpx.Response, missing: NotFound | None) -> dict[str, Any]:
    if answer.status_code in {401, 403}:
        raise TrackerUnavailable(
            f"MLflow refuses this server ({answer.status_code}); set MLFLOW_TRACKING_USERNAME and "
            "MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN, in the environment of `snellen serve`"
        )
    try:
        body = answer.json()
    except ValueError as error:
        raise TrackerUnavailable(
            f"what answers under SNELLEN_MLFLOW_URI ({answer.status_code}) doesn't speak as MLflow does; "
            "expected the address of an MLflow server"
        ) from error
    if answer.is_success and isinstance(body, dict):
        return body
    code = body.get("error_code") if isinstance(body, dict) else None
    message = str(body.get("message", ""))[:LONGEST_MESSAGE] if isinstance(body, dict) else ""
    if missing is not None and code in {"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"}:
        raise missing
    if code == "INVALID_PARAMETER_VALUE":
        raise InvalidInput(f"MLflow refuses the search: {message}")
    raise TrackerUnavailable(f"MLflow failed ({answer.status_code} {code or ''}): {message}")


def _like(text: str) -> str:
    """A quoted pattern; MLflow's filters have no way to write a quote within quotes of its own kind."""
    quote = "'" if "'" not in text else '"'
    if quote in text:
        raise InvalidInput("search: MLflow can't search for ' and \" at once; leave one of them out")
    return f"{quote}%{text}%{quote}"


def _experiment(body: dict[str, Any]) -> Experiment:
    return Experiment(id=str(body["experiment_id"]), name=str(body.get("name", "")))


def _run(body: dict[str, Any]) -> Run:
    info, data = body["info"], body.get("data", {})
    tags = _named_values(data.get("tags"))
    return Run(
        id=str(info.get("run_id") or info.get("run_uuid")),
        name=str(info.get("run_name") or tags.get("mlflow.runName") or ""),
        experiment_id=str(info.get("experiment_id", "")),
        status=str(info.get("status", "")),
        started_at=_time(info.get("start_time")),
        ended_at=_time(info.get("end_time")),
        user=info.get("user_id") or tags.get("mlflow.user"),
        params=_named_values(data.get("params")),
        tags=tags,
        metrics={each["key"]: _value(each.get("value", 0.0)) for each in data.get("metrics", ())},
    )


def _named_values(items: list[dict[str, Any]] | None) -> dict[str, str]:
    return {str(each["key"]): str(each.get("value", "")) for each in items or ()}


def _points(answer: dict[str, Any]) -> list[tuple[int, int, float]]:
    return [
        (int(each.get("step", 0)), int(each.get("timestamp", 0)), _value(each.get("value", 0.0)))
        for each in answer.get("metrics", ())
    ]


def _value(value: Any) -> float:
    try:
        return finite_or_not(numbers.decode(value))
    except ValueError:
        return float("nan")


def _time(value: Any) -> int | None:
    """Of a run without an end the interface says 0."""
    return int(value) if value else None


def _token(environment: Mapping[str, str]) -> dict[str, str]:
    token = environment.get("MLFLOW_TRACKING_TOKEN")
    return {"authorization": f"Bearer {token}"} if token else {}


def _login(environment: Mapping[str, str]) -> tuple[str, str] | None:
    """None leaves what the URL says."""
    name, password = environment.get("MLFLOW_TRACKING_USERNAME"), environment.get("MLFLOW_TRACKING_PASSWORD")
    return (name, password) if name and password else None


def _verify(environment: Mapping[str, str]) -> Any:
    import ssl

    if environment.get("MLFLOW_TRACKING_INSECURE_TLS") == "true":
        return False
    path = environment.get("MLFLOW_TRACKING_SERVER_CERT_PATH")
    return ssl.create_default_context(cafile=path) if path else True
