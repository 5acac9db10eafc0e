"""Two results image by image: what one broke and fixed; only on one snapshot, and only for who sees both jobs."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from snellen.cli.digits import write_digits

pytestmark = pytest.mark.db
ExternalJob = Callable[..., tuple[int, TestClient]]
Dataset = Callable[..., dict[str, Any]]


class Pair:
    """Two jobs on one dataset whose predictions are perfect but for what a test says."""

    def __init__(self, api: TestClient, external_job: ExternalJob, dataset: dict[str, Any]) -> None:
        self.api, self.dataset = api, dataset
        listed = api.get(f"/api/v1/datasets/{dataset['dataset_id']}/images?split=val&limit=100").json()["items"]
        self.truth = {}
        for each in listed:
            one = api.get(f"/api/v1/datasets/{dataset['dataset_id']}/images/{each['image_id']}").json()
            self.truth[one["path"]] = one["objects"]
        self.make = lambda: external_job(dataset=dataset["dataset_id"], epochs=3)

    def send(self, job: tuple[int, TestClient], epoch: int, wrong: dict[str, str]) -> None:
        """A result; of some images the predictions are ``missed``, ``extra`` or ``other`` (of another class)."""
        job_id, client = job
        images = []
        for path, objects in self.truth.items():
            boxes = [
                {"class_id": o["class_id"], "bbox": [o["x"], o["y"], o["w"], o["h"]], "confidence": 0.9}
                for o in objects
            ]
            match wrong.get(path):
                case "missed":
                    boxes = boxes[1:]
                case "extra":
                    boxes.append({"class_id": 0, "bbox": [0, 0, 2, 2], "confidence": 0.8})
                case "other":
                    boxes[0]["class_id"] = (boxes[0]["class_id"] + 1) % 10
            images.append({"image_name": path, "predicted_boxes": boxes})
        body = {"job_id": job_id, "epoch": epoch, "task_type": "detection", "image_results": images}
        answer = client.post(f"/api/v1/validation/jobs/{job_id}/results", json=body)
        assert answer.status_code == 200, answer.text

    def ask(self, job: int, base: int, **more: Any) -> Any:
        query = {"base_job": base, "base_epoch": 1, **more}
        return self.api.get(f"/api/v1/validation/jobs/{job}/results/1/changes", params=query)


@pytest.fixture
def pair(api: TestClient, external_job: ExternalJob, dataset: Dataset, tmp_path: Path) -> Pair:
    write_digits(tmp_path / "digits", train=4, val=8, size=96)
    return Pair(api, external_job, dataset(tmp_path / "digits"))


def test_images_are_broken_fixed_never_or_always_right_and_objects_are_counted(pair: Pair) -> None:
    broken, fixed, never, same, *_ = pair.truth
    first, second = pair.make(), pair.make()
    pair.send(first, 1, {fixed: "missed", never: "missed"})
    pair.send(second, 1, {broken: "other", never: "extra"})
    found = pair.ask(second[0], first[0]).json()
    assert found["images"] == {"broken": 1, "fixed": 1, "never": 1, "always": len(pair.truth) - 3}
    objects = sum(map(len, pair.truth.values()))
    assert found["objects"] == {"broken": 1, "fixed": 2, "never": 0, "always": objects - 3}
    assert (found["total_images"], found["only_before"], found["only_after"]) == (len(pair.truth), 0, 0)
    assert found["items"][0]["path"] == broken
    assert found["items"][0]["before"]["fn"] == 0
    assert (found["items"][0]["after"]["fp"], found["items"][0]["after"]["fn"]) == (1, 1)
    assert found["items"][0]["url"].startswith("/api/v1/datasets/")
    for kind, path in (("broken", broken), ("fixed", fixed), ("never", never)):
        page = pair.ask(second[0], first[0], kind=kind).json()
        assert [each["path"] for each in page["items"]] == [path]
        assert page["total_images"] == 1
    [once] = pair.ask(second[0], first[0], kind="never").json()["items"]
    assert (once["objects_fixed"], once["objects_broken"]) == (1, 0)
    assert same in [each["path"] for each in pair.ask(second[0], first[0], kind="always").json()["items"]]


def test_the_other_way_round_broken_is_fixed(pair: Pair) -> None:
    paths = list(pair.truth)
    shuffled = random.Random(7)
    first, second = pair.make(), pair.make()
    for job in (first, second):
        pair.send(job, 1, {path: shuffled.choice(["missed", "extra", "other", ""]) for path in paths})
    there, back = pair.ask(second[0], first[0]).json(), pair.ask(first[0], second[0]).json()
    for counted in ("images", "objects"):
        assert there[counted]["broken"] == back[counted]["fixed"]
        assert there[counted]["never"] == back[counted]["never"]
    better = [each["image_id"] for each in pair.ask(first[0], second[0], sort="better").json()["items"]]
    deltas = {
        each["image_id"]: sum(each["after"][n] - each["before"][n] for n in ("fp", "fn")) for each in there["items"]
    }
    assert [deltas[image] for image in better] == sorted(deltas.values(), reverse=True)


def test_pages_hold_every_image_once(pair: Pair) -> None:
    first, second = pair.make(), pair.make()
    pair.send(first, 1, {})
    pair.send(second, 1, dict.fromkeys(list(pair.truth)[:3], "missed"))
    seen, cursor = [], None
    while True:
        page = pair.ask(second[0], first[0], limit=3, **({"cursor": cursor} if cursor else {})).json()
        seen += [each["path"] for each in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert sorted(seen) == sorted(pair.truth)


def test_two_epochs_of_one_job_are_compared_too(pair: Pair) -> None:
    job = pair.make()
    path = next(iter(pair.truth))
    pair.send(job, 1, {path: "missed"})
    pair.send(job, 2, {})
    answer = pair.api.get(
        f"/api/v1/validation/jobs/{job[0]}/results/2/changes", params={"base_job": job[0], "base_epoch": 1}
    ).json()
    assert answer["images"]["fixed"] == 1


def test_what_can_not_be_compared_is_said(
    pair: Pair, api: TestClient, external_job: ExternalJob, dataset: Dataset, tmp_path: Path
) -> None:
    first, bare = pair.make(), external_job(epochs=3)
    pair.send(first, 1, {})
    box = {"class_id": 0, "bbox": [1, 1, 20, 20]}
    body = {"job_id": bare[0], "epoch": 1, "task_type": "detection"}
    bare[1].post(
        f"/api/v1/validation/jobs/{bare[0]}/results",
        json={**body, "image_results": [{"image_name": "a.png", "true_boxes": [box]}]},
    )
    said = pair.ask(bare[0], first[0])
    assert said.status_code == 422
    assert "no dataset in Snellen" in said.json()["detail"]
    assert pair.ask(first[0], 999).status_code == 404
    assert pair.ask(first[0], first[0], base_epoch=9).status_code == 404
    write_digits(tmp_path / "more", train=4, val=9, size=96)
    other = Pair(api, external_job, dataset(tmp_path / "more"))
    second = other.make()
    other.send(second, 1, {})
    said = pair.ask(second[0], first[0])
    assert said.status_code == 422
    assert "one result is on snapshot" in said.json()["detail"]
