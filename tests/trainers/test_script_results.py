"""Results that a script writes as JSON: each is told once, each replacement again, and what is wrong stops nothing."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from snellen.contract.folder import JobFolder, write_whole
from snellen.contract.spec import JobSpec
from snellen.contract.tasks import Task, default_primary
from snellen.sdk import JobContext
from snellen.trainers.script import ScriptTrainer, results
from snellen.trainers.script.results import ResultFiles


@pytest.fixture
def folder(tmp_path: Path) -> JobFolder:
    made = JobFolder(tmp_path / "job")
    spec = JobSpec(
        job_id=7, attempt=1, name="own", trainer="script", task=Task.POSE, model="own", epochs=3,
        primary_metric=default_primary(Task.POSE), params={"command": ["true"]},
    )  # fmt: skip
    made.create(spec)
    return made


@pytest.fixture
def watch(folder: JobFolder) -> Iterator[ResultFiles]:
    watching = ResultFiles(JobContext(folder))
    yield watching
    watching.close()


def write(folder: JobFolder, epoch: int, body: Any = None) -> None:
    write_whole(folder.predictions_file(epoch, ".json"), json.dumps({"metrics": {"a": 1}} if body is None else body))


def events(folder: JobFolder) -> list[dict[str, Any]]:
    return [json.loads(line) for line in folder.events.read_text().splitlines()] if folder.events.exists() else []


def told(folder: JobFolder) -> list[int]:
    return [e["epoch"] for e in events(folder) if e["type"] == "validation"]


def warnings(folder: JobFolder) -> list[str]:
    return [line for e in events(folder) if e["type"] == "log" for line in e["lines"]]


def test_each_result_is_told_once_in_the_order_of_epochs(folder: JobFolder, watch: ResultFiles) -> None:
    write(folder, 2)
    write(folder, 1, {"job_id": 7, "epoch": 1, "task_type": "pose", "metrics": {"loss": float("nan")}})
    (folder.predictions / "epoch-000003.parquet").touch()
    (folder.predictions / ".epoch-000004.json").touch()
    (folder.predictions / "epoch-000005.json.part").touch()
    watch.look()
    watch.look(last=True)
    told_events = [{k: v for k, v in e.items() if k != "time"} for e in events(folder)]
    assert told_events == [
        {"type": "validation", "epoch": n, "task_type": "pose", "results_path": f"predictions/epoch-00000{n}.json"}
        for n in (1, 2)
    ]


def test_a_replaced_result_is_told_again_but_not_all_the_time(
    folder: JobFolder, watch: ResultFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results, "FULL_LOOK_SECONDS", 0.0)
    monkeypatch.setattr(results, "MOST_OF_TIME", 1e9)
    monkeypatch.setattr(results, "REPLACED_SECONDS", 1e9)
    write(folder, 1)
    watch.look()
    write(folder, 1)
    watch.look()
    assert told(folder) == [1]
    monkeypatch.setattr(results, "REPLACED_SECONDS", 0.0)
    watch.look()
    watch.look()
    assert told(folder) == [1, 1]
    # Over the old one in its place, and no byte longer: the folder itself has not changed.
    path = folder.predictions_file(1, ".json")
    path.write_text(path.read_text().replace("1", "2"))
    watch.look(last=True)
    assert told(folder) == [1, 1, 1]


def test_what_an_earlier_run_of_the_folder_wrote_is_not_told(folder: JobFolder) -> None:
    write(folder, 1)
    ScriptTrainer().run(JobContext(folder))
    assert told(folder) == []


@pytest.mark.parametrize(
    ("name", "text", "named"),
    [
        ("epoch-000002.json", "{", "epoch-000002.json: can't be read: Expecting property name"),
        ("epoch-000002.json", b"\xff\xfe{\0}\0", "can't be read: 'utf-8' codec can't decode"),
        ("epoch-000002.json", "[" * 100_000, "can't be read: maximum recursion depth"),
        ("epoch-000002.json", "[1]", "holds a list, expected an object"),
        ("epoch-000002.json", '{"epoch": 3}', "epoch is 3, expected 2 as in the name of the file"),
        ("epoch-000002.json", '{"job_id": 8}', "job_id is 8, expected 7 as in job.json"),
        ("epoch-000002.json", '{"task_type": "detect"}', "task_type is 'detect', expected 'pose'"),
        ("epoch-2.json", "{}", "predictions/epoch-2.json: not taken; expected epoch-NNNNNN.json, six digits"),
        ("epoch-000000.json", "{}", "not taken; expected epoch-NNNNNN.json, six digits, epochs from 1"),
        ("epoch-000002.json", '{"a": "' + "x" * 1100 + '"}', "1109 bytes are more than the 1000 of a JSON result"),
    ],
)
def test_a_wrong_result_is_a_warning_and_the_others_are_told(
    folder: JobFolder, watch: ResultFiles, monkeypatch: pytest.MonkeyPatch, name: str, text: Any, named: str
) -> None:
    monkeypatch.setattr(results, "MOST_BYTES", 200_000 if "[" in str(text) else 1000)
    (folder.predictions / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    write(folder, 9)
    watch.look(last=True)
    watch.look(last=True)
    assert told(folder) == [9]
    [warning] = warnings(folder)
    assert named in warning


def test_a_file_that_is_being_written_is_waited_for(folder: JobFolder, watch: ResultFiles) -> None:
    path = folder.predictions_file(1, ".json")
    path.write_text('{"metrics": {')
    watch.look()
    assert (told(folder), warnings(folder)) == ([], [])
    path.write_text('{"metrics": {}}')
    watch.look(last=True)
    assert told(folder) == [1]
    # One that nobody has touched for long is judged at once.
    old = folder.predictions_file(2, ".json")
    old.write_text("{")
    os.utime(old, (1, 1))
    watch.look()
    assert len(warnings(folder)) == 1


def test_a_flood_of_results_is_bounded_and_told(folder: JobFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "MOST_RESULTS", 5)
    monkeypatch.setattr(results, "MOST_WARNINGS", 4)
    watch = ResultFiles(JobContext(folder))
    for epoch in range(1, 10):
        write(folder, epoch, {} if epoch % 2 else {"epoch": 77})
    watch.look()
    for epoch in range(10, 20):
        write(folder, epoch, [])
    watch.look(last=True)
    # Twice the job's epochs are more than five.
    assert told(folder) == [1, 3, 5]
    assert warnings(folder)[0].startswith("predictions/ holds 9 results and more may come: 6 are looked at")
    assert warnings(folder)[-1].endswith("expected 6 as in the name of the file; mend it or leave it out"
                                         " (the last of 4 warnings about results; more are not told)")  # fmt: skip
    watch.close()


def test_a_folder_that_the_script_removes_is_no_error(folder: JobFolder, watch: ResultFiles) -> None:
    folder.predictions.rmdir()
    watch.look()
    folder.predictions.mkdir()
    write(folder, 1)
    watch.look(last=True)
    assert told(folder) == [1]


def test_results_are_told_while_the_script_runs_and_the_last_after_it(folder: JobFolder, tmp_path: Path) -> None:
    script = tmp_path / "own.sh"
    # It goes on when the first result is in the journal, and ends with its last one.
    script.write_text(
        'cd "$SNELLEN_JOB_FOLDER"; echo "{}" > predictions/.new; mv predictions/.new predictions/epoch-000001.json\n'
        "until grep -q epoch-000001 events.jsonl; do sleep 0.02; done\n"
        'echo "{}" > predictions/.new; mv predictions/.new predictions/epoch-000002.json\nexit 3\n'
    )
    text = folder.spec_file.read_text().replace('"true"', f'"sh", "{script}"')
    folder.spec_file.write_text(text)
    with pytest.raises(Exception, match="exit status 3"):
        ScriptTrainer().run(JobContext(folder))
    assert told(folder) == [1, 2]
