"""Scripts that the platform did not start: their job is made, fed and ended, whatever becomes of the server."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.launch.conftest import Platform, running
from tests.leftovers import end_all

from snellen.contract.folder import Attachment, JobFolder

Eventually = Callable[..., Any]
LOOP = """
import sys, threading, snellen
from pathlib import Path

go = Path(sys.argv[1])
with snellen.init("mine", epochs=3, params={"lr": 0.1}, model="net") as job:
    print("begun", flush=True)
    for epoch in (1, 2, 3):
        while epoch == 3 and not go.exists() and not job.should_stop():
            threading.Event().wait(0.02)
        if job.should_stop():
            break
        job.log_metrics({"train/loss": 1 / epoch}, epoch=epoch)
        truth = [{"class_id": 0, "bbox": [10, 10, 20, 20]}]
        found = [{"class_id": 0, "bbox": [10, 10, 20, 20], "confidence": 0.9}]
        image = {"image_name": "a.png", "true_boxes": truth, "predicted_boxes": found}
        job.log_results(epoch, image_results=[image], metrics={"val/loss": 1 / epoch}, class_names=["cat"])
        (job.folder.work / "last.pt").write_text(str(epoch))
        job.save_checkpoint(job.folder.work / "last.pt", epoch=epoch)
"""


@pytest.fixture
def script(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts a script of somebody's own; what it leaves behind is ended."""
    begun: list[subprocess.Popen[str]] = []

    def start(source: str, home: Path, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        path = tmp_path / f"script-{len(begun)}.py"
        path.write_text(source)
        clean = {k: v for k, v in os.environ.items() if not k.startswith("SNELLEN_")}
        process = subprocess.Popen(
            [sys.executable, str(path), *arguments],
            env={**clean, "SNELLEN_DATA_DIR": str(home), **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        begun.append(process)
        return process

    yield start
    for process in begun:
        process.kill()
        process.communicate()
    end_all(tmp_path)


@pytest.fixture
def home(platform: Platform) -> Path:
    """The data directory of the platform's server, which tells where it is as ``snellen serve`` does."""
    (platform.data_dir / "server.json").write_text(json.dumps({"url": platform.url}))
    return platform.data_dir


def folder_of(home: Path) -> JobFolder:
    (found,) = (home / "own").iterdir()
    return JobFolder(found)


def end_of(platform: Platform, job_id: int) -> Any:
    job = platform.job(job_id)
    return job if job["state"] in {"completed", "failed", "stopped"} else None


def losses(platform: Platform, job_id: int) -> list[list[float]]:
    series = platform.get(f"/training/jobs/{job_id}/metrics", keys="train/loss")["series"]
    return [[step, value] for line in series for step, _, _, value in line["points"]]


WHOLE = [[1, 1.0], [2, 0.5], [3, 1 / 3]]


def check_whole(platform: Platform, job_id: int) -> None:
    """Everything that the loop reports is there, once."""
    assert losses(platform, job_id) == WHOLE
    rows = platform.get(f"/validation/jobs/{job_id}/results")["items"]
    assert sorted(row["epoch"] for row in rows) == [1, 2, 3]
    assert platform.get(f"/validation/jobs/{job_id}/results/3/confusion-matrix")["cells"] == [[0, 0, 1]]
    kept = platform.get(f"/training/jobs/{job_id}/artifacts", kind="checkpoint")["items"]
    assert {"last.pt": 3}.items() <= {row["name"]: row["epoch"] for row in kept}.items()


def test_a_script_makes_a_job_and_everything_it_says_arrives(
    platform: Platform, home: Path, script: Callable[..., subprocess.Popen[str]], eventually: Eventually, tmp_path: Path
) -> None:
    (tmp_path / "go").touch()
    process = script(LOOP, home, str(tmp_path / "go"))
    assert process.wait(60) == 0, process.stderr and process.stderr.read()
    (job,) = eventually(lambda: platform.get("/training/jobs")["items"])
    job = eventually(lambda: end_of(platform, job["id"]))
    assert (job["state"], job["name"], job["model"], job["params"]) == ("completed", "mine", "net", {"lr": 0.1})
    check_whole(platform, job["id"])
    folder = folder_of(home)
    eventually(lambda: Attachment.read(folder).state == "done")
    assert Attachment.read(folder).url == f"{platform.url}/jobs/{job['id']}"
    assert folder.root.stat().st_mode & 0o777 == 0o700
    assert (folder.root / "token.json").stat().st_mode & 0o777 == 0o600


def test_a_server_that_is_away_costs_the_script_nothing_and_gets_everything_later(
    platform: Platform, home: Path, script: Callable[..., subprocess.Popen[str]], eventually: Eventually, tmp_path: Path
) -> None:
    platform.stop()
    (tmp_path / "go").touch()
    process = script(LOOP, home, str(tmp_path / "go"))
    _, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    assert "everything is kept in" in said
    assert not Attachment.read(folder_of(home)).job_id
    platform.start()
    (job,) = eventually(lambda: platform.get("/training/jobs")["items"])
    assert eventually(lambda: end_of(platform, job["id"]))["state"] == "completed"
    check_whole(platform, job["id"])


def test_a_server_and_a_supervisor_killed_in_the_middle_lose_nothing_and_double_nothing(
    platform: Platform, home: Path, script: Callable[..., subprocess.Popen[str]], eventually: Eventually, tmp_path: Path
) -> None:
    process = script(LOOP, home, str(tmp_path / "go"))
    (job,) = eventually(lambda: platform.get("/training/jobs")["items"])
    eventually(lambda: losses(platform, job["id"]) == WHOLE[:2])
    platform.stop()
    folder = folder_of(home)
    end_all(folder.root)
    (tmp_path / "go").touch()
    assert process.wait(60) == 0
    platform.start()
    again = [sys.executable, "-m", "snellen", "sync", str(folder.root)]
    variables = {**os.environ, "SNELLEN_DATA_DIR": str(home)}
    done = subprocess.run(again, env=variables, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, f"everything has been delivered: {platform.url}/jobs/{job['id']}\n")
    assert end_of(platform, job["id"])["state"] == "completed"
    check_whole(platform, job["id"])
    assert len(platform.get("/training/jobs")["items"]) == 1
    # A third time there is nothing left to do.
    done = subprocess.run([*again, "--json"], env=variables, capture_output=True, text=True, timeout=60, check=True)
    assert json.loads(done.stdout)["delivered"]


def test_what_cannot_be_sent_on_is_told(platform: Platform, dataset: int, eventually: Eventually, home: Path) -> None:
    job_id = platform.puppet_job(dataset)
    eventually(lambda: platform.job(job_id)["state"] == "running")
    variables = {**os.environ, "SNELLEN_DATA_DIR": str(home)}
    for folder, said in (
        (platform.folder(job_id).root, f"job {job_id} is running, not lost; its own supervisor sends what there is"),
        (home, "no job folder; expected one with a job.json"),
    ):
        command = [sys.executable, "-m", "snellen", "sync", str(folder)]
        done = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 1
        assert said in " ".join(done.stderr.split())


def test_a_script_that_is_killed_with_its_supervisor_is_lost_and_a_silent_reporter_is_not(
    tmp_path: Path, eventually: Eventually
) -> None:
    with running(Platform(tmp_path / "data", lost_after_seconds=1.0)) as platform:
        (beside, token), (plain, other) = platform.external_job(), platform.external_job()
        posts = {}
        for job_id, key in ((beside, token), (plain, other)):
            url = f"{platform.url}/api/v1/training/jobs/{job_id}/events"
            headers = {"authorization": f"Bearer {key}"}
            posts[job_id] = lambda events, u=url, h=headers: httpx.post(
                u, json={"attempt": 1, "events": events}, headers=h, trust_env=False, timeout=60
            ).raise_for_status()
            posts[job_id]([{"seq": 1, "type": "log", "lines": ["begun"]}])
        posts[beside]([])
        eventually(lambda: platform.job(beside)["state"] == "lost")
        assert platform.job(beside)["exit_reason"] == "no heartbeat for 1 s"
        assert platform.job(plain)["state"] == "running"
        eventually(lambda: posts[beside]([]) or platform.job(beside)["state"] == "running")


def test_a_request_to_stop_reaches_the_script(
    platform: Platform, home: Path, script: Callable[..., subprocess.Popen[str]], eventually: Eventually, tmp_path: Path
) -> None:
    process = script(LOOP, home, str(tmp_path / "never"))
    (job,) = eventually(lambda: platform.get("/training/jobs")["items"])
    eventually(lambda: losses(platform, job["id"]) == WHOLE[:2])
    platform.post(f"/training/jobs/{job['id']}/stop")
    assert process.wait(60) == 0
    assert eventually(lambda: end_of(platform, job["id"]))["state"] == "stopped"


@pytest.mark.parametrize(
    ("ending", "state", "reason"),
    [
        ("raise ValueError('the lights went out')", "failed", "ValueError: the lights went out"),
        ("import sys; sys.exit(3)", "failed", "the script called sys.exit(3)"),
        ("import sys; sys.exit()", "completed", None),
        (
            "import sys\ntry:\n    sys.exit(3)\nexcept SystemExit:\n    job.log('caught')",
            "completed",
            None,
        ),
        ("import os; os._exit(0)", "failed", "the script ended without a word"),
        ("job.finish()", "completed", None),
        ("pass", "completed", None),
        ("job.finish('failed', 'I am not content')", "failed", "I am not content"),
    ],
)
def test_how_a_script_ends_is_how_its_job_ends(
    platform: Platform,
    home: Path,
    script: Callable[..., subprocess.Popen[str]],
    eventually: Eventually,
    ending: str,
    state: str,
    reason: str | None,
) -> None:
    process = script(
        f"import snellen\njob = snellen.init('short')\njob.log_metrics({{'a': 1}}, epoch=1)\n{ending}\n", home
    )
    process.wait(60)
    (job,) = eventually(lambda: platform.get("/training/jobs")["items"])
    job = eventually(lambda: end_of(platform, job["id"]))
    assert job["state"] == state
    assert (job["exit_reason"] or "").startswith(reason or "")
    if "raise" in ending:
        assert "the lights went out" in job["exit_detail"]


def test_a_process_that_makes_many_jobs_notices_its_end_once_and_for_all_of_them(
    platform: Platform, home: Path, script: Callable[..., subprocess.Popen[str]], eventually: Eventually
) -> None:
    text = """
import sys, snellen
jobs = [snellen.init("first")]
kept = sys.exit, sys.excepthook
jobs += [snellen.init("second"), snellen.init("third")]
assert (sys.exit, sys.excepthook) == kept
jobs[1].finish()
sys.exit(4)
"""
    script(text, home).wait(60)
    jobs = eventually(lambda: len(found := platform.get("/training/jobs")["items"]) == 3 and found)
    ends = {job["name"]: eventually(lambda j=job: end_of(platform, j["id"])) for job in jobs}
    assert {name: end["state"] for name, end in ends.items()} == {
        "first": "failed", "second": "completed", "third": "failed"
    }  # fmt: skip
    assert "sys.exit(4)" in ends["first"]["exit_reason"]


def test_a_dataset_of_the_platform_is_brought_and_its_truth_judges_the_predictions(
    platform: Platform,
    dataset: int,
    home: Path,
    script: Callable[..., subprocess.Popen[str]],
    eventually: Eventually,
) -> None:
    source = """
import snellen
from pathlib import Path
with snellen.init(dataset="digits", task="detection") as job:
    images = sorted(p.relative_to(job.dataset_dir).as_posix() for p in job.dataset_dir.glob("images/val/*"))
    assert images and job.job.dataset.class_names[0] == "0", images
    nothing = {"boxes": [], "scores": [], "labels": []}
    job.log_predictions(1, images=images, predictions=[nothing] * len(images), box_format="xyxy", metrics={"a": 1})
"""
    process = script(source, home)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    (job,) = eventually(lambda: platform.get("/training/jobs")["items"])
    assert eventually(lambda: end_of(platform, job["id"]))["state"] == "completed"
    found = platform.get(f"/validation/jobs/{job['id']}/results/1")
    assert found["computed"]["mAP50"] == 0.0
    assert platform.job(job["id"])["dataset"]["name"] == "digits"


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("snellen.init(dataset='nowhere')", "InvalidInput: snellen.init: .*nowhere"),
        ("snellen.init(task='juggling')", "InvalidInput: snellen.init: .*juggling"),
        ("snellen.init(epochs=0)", "InvalidInput: snellen.init: .*epochs"),
        ("snellen.init(url='http://127.0.0.1:1')", "url and token: got one of them"),
        ("snellen.init(folder='/proc/nothing')", "can't be made"),
    ],
)
def test_what_makes_no_job_is_refused_before_the_training(
    platform: Platform, home: Path, script: Callable[..., subprocess.Popen[str]], call: str, said: str
) -> None:
    process = script(f"import snellen\n{call}\n", home)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert re.search(said, errors), errors


def test_what_is_refused_for_its_arguments_leaves_no_folder(
    home: Path, platform: Platform, script: Callable[..., Any], tmp_path: Path
) -> None:
    source = """
import snellen
from snellen.errors import InvalidInput
try:
    snellen.init(folder=FOLDER, token="snl_1")
except InvalidInput as error:
    print(error)
snellen.init(folder=FOLDER).finish()
"""
    process = script(source.replace("FOLDER", repr(str(tmp_path / "mine"))), home)
    said, errors = process.communicate(timeout=60)
    assert (said, process.returncode) == ("url and token: got one of them, expected both or neither\n", 0), errors


def test_a_cell_that_is_run_again_ends_the_job_before(tmp_path: Path) -> None:
    typed = "import snellen\nfirst = snellen.init('first')\nsecond = snellen.init('second')\nsecond.log('on')\n"
    variables = {k: v for k, v in os.environ.items() if not k.startswith("SNELLEN_")}
    typed += "print(first.folder.outcome.exists(), second.folder.outcome.exists())\n"
    done = subprocess.run(
        [sys.executable, "-i"], input=typed, env={**variables, "SNELLEN_DATA_DIR": str(tmp_path)},
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    end_all(tmp_path)
    assert done.stdout == "True False\n", done.stderr


def test_a_dataset_needs_its_server(home: Path, platform: Platform, script: Callable[..., Any]) -> None:
    platform.stop()
    process = script("import snellen\nsnellen.init(dataset='digits')\n", home)
    _, errors = process.communicate(timeout=60)
    assert "NoServer: dataset: 'digits' can't be fetched" in errors


def test_in_a_job_of_the_platform_init_gives_that_job(
    platform: Platform, dataset: int, eventually: Eventually, tmp_path: Path
) -> None:
    path = tmp_path / "train.py"
    path.write_text(
        "import snellen\nwith snellen.init('ignored') as job:\n    job.log_metrics({'a': job.job.job_id}, epoch=1)\n"
    )
    body = {
        "trainer": "script", "dataset": dataset, "task": "detection", "epochs": 1,
        "hyperparameters": {"command": [sys.executable, str(path)]},
    }  # fmt: skip
    job_id = platform.post("/training/jobs", body)["id"]
    job = eventually(lambda: end_of(platform, job_id))
    assert job["state"] == "completed", job["exit_reason"]
    assert len(platform.get("/training/jobs")["items"]) == 1
    series = platform.get(f"/training/jobs/{job_id}/metrics", keys="a")["series"]
    assert series[0]["points"][0][3] == job_id


def test_of_several_processes_the_first_speaks(
    platform: Platform, home: Path, script: Callable[..., subprocess.Popen[str]], eventually: Eventually
) -> None:
    source = """
import os, snellen, subprocess, sys
job = snellen.init("many")
if "RANK" not in os.environ:
    # Lightning's way: the first process starts the others.
    subprocess.run([sys.executable, __file__], env={**os.environ, "RANK": "1", "ITS": str(job.folder.root)}, check=True)
assert os.environ.get("ITS", str(job.folder.root)) == str(job.folder.root)
job.log_metrics({"a": 1 + int("RANK" in os.environ)}, epoch=1)
job.save_checkpoint(__file__, epoch=1)
print(job.should_stop())
"""
    process = script(source, home)
    assert process.communicate(timeout=60)[0] == "False\nFalse\n"
    # torchrun's way: all are started at once.
    process = script(
        "import snellen\nwith snellen.init() as job:\n    job.log('hello')\n    print(job.url)", home, RANK="2"
    )
    assert process.communicate(timeout=60)[0] == "None\n"
    (job,) = eventually(lambda: platform.get("/training/jobs")["items"])
    assert eventually(lambda: end_of(platform, job["id"]))["state"] == "completed"
    (line,) = platform.get(f"/training/jobs/{job['id']}/metrics", keys="a")["series"]
    assert [point[3] for point in line["points"]] == [1]
    assert len(list((home / "own").iterdir())) == 1


def test_an_end_that_cannot_be_written_costs_the_script_nothing(
    home: Path, script: Callable[..., subprocess.Popen[str]]
) -> None:
    source = """
import shutil, snellen
job = snellen.init("short")
try:
    job.finish("done")
except snellen.errors.InvalidInput as error:
    print(error.detail)
shutil.rmtree(job.folder.root)
job.finish()
"""
    said, errors = script(source, home).communicate(timeout=60)
    assert said == "finish: got the state 'done', expected one of completed, failed, stopped, or none\n"
    assert "the end of the job could not be written" in errors
    assert "Traceback" not in errors


def test_an_error_at_a_prompt_ends_nothing(tmp_path: Path) -> None:
    typed = "import snellen\njob = snellen.init('typed')\n1 / 0\njob.log('going on')\n"
    variables = {k: v for k, v in os.environ.items() if not k.startswith("SNELLEN_")}
    done = subprocess.run(
        [sys.executable, "-i"], input=typed, env={**variables, "SNELLEN_DATA_DIR": str(tmp_path)},
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert "ZeroDivisionError" in done.stderr
    folder = folder_of(tmp_path)
    assert json.loads(folder.outcome.read_text())["state"] == "completed"
    end_all(folder.root)


def test_a_server_that_was_named_is_remembered(
    platform: Platform,
    home: Path,
    script: Callable[..., subprocess.Popen[str]],
    eventually: Eventually,
    tmp_path: Path,
) -> None:
    token = (home / "token").read_text().strip()
    elsewhere = tmp_path / "elsewhere"
    source = f"""
import os, psutil, snellen, threading
job = snellen.init("far", url={platform.url!r}, token={token!r})
while job.id is None:
    threading.Event().wait(0.02)
for process in psutil.process_iter(["cmdline"]):
    if "--attach" in (process.info["cmdline"] or []) and str(job.folder.root) in process.info["cmdline"]:
        process.kill()
        process.wait()
job.log_metrics({{"a": 1}}, epoch=1)
"""
    process = script(source, elsewhere)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    folder = folder_of(elsewhere)
    assert token not in "".join(path.read_text() for path in folder.root.glob("*.json"))
    again = [sys.executable, "-m", "snellen.launch.supervise", "--attach", str(folder.root)]
    variables = {**os.environ, "SNELLEN_DATA_DIR": str(elsewhere)}
    assert subprocess.run(again, env=variables, stdin=subprocess.DEVNULL, timeout=60, check=False).returncode == 0
    (job,) = platform.get("/training/jobs")["items"]
    assert end_of(platform, job["id"])["state"] == "completed"


def test_importing_snellen_is_light() -> None:
    heavy = "[m for m in ('numpy', 'httpx', 'fastapi', 'torch', 'polars') if m in sys.modules]"
    code = f"import sys, snellen; print({heavy}); snellen.init; print({heavy})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n[]\n"


@pytest.mark.parametrize(("guide", "count"), [("own-scripts.md", 3), ("frameworks.md", 2)])
def test_the_guides_are_true(
    platform: Platform,
    dataset: int,
    home: Path,
    script: Callable[..., Any],
    eventually: Eventually,
    guide: str,
    count: int,
) -> None:
    text = (Path(__file__).parents[2] / "docs" / "guides" / guide).read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len(blocks) == count
    for number, block in enumerate(blocks, 1):
        process = script(block, home, OMP_NUM_THREADS="1")
        _, said = process.communicate(timeout=120)
        assert process.returncode == 0, said
        jobs = eventually(lambda n=number: (found := platform.get("/training/jobs")["items"])[n - 1 :] and found)
        assert eventually(lambda j=jobs[0]: end_of(platform, j["id"]))["state"] == "completed"
        if guide == "frameworks.md":
            rows = platform.get(f"/validation/jobs/{jobs[0]['id']}/results")["items"]
            assert [row["epoch"] for row in rows] == [1, 2]
            kept = platform.get(f"/training/jobs/{jobs[0]['id']}/artifacts", kind="checkpoint")["items"]
            assert 2 in [row["epoch"] for row in kept if row["name"].startswith("last.")]
