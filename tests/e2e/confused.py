"""Jobs of other people's trainers that bring truth and predictions along, with known confusions."""

from __future__ import annotations

from collections import Counter
from typing import Any

Matrix = dict[tuple[int, int], int]
#: true, predicted (None: missed), score
Pair = tuple[int | None, int | None, float]

PARTS = ("scratch", "dent", "crack", "hole", "stain", "burr")


def parts(epoch: int) -> list[Pair]:
    """From epoch to epoch fewer dents are taken for cracks; all else stays, but for one more hole that is found."""
    found: list[Pair] = []
    found += [(c, c, 0.9) for c in range(6) for _ in range(10)]
    found += [(1, 2, 0.8)] * (12 - 3 * epoch)
    found += [(2, 1, 0.6)] * 4
    found += [(0, 5, 0.5)] * 3
    found += [(3, 3, 0.7)] * epoch + [(3, None, 0)] * (4 - epoch)
    found += [(None, 4, 0.3)] * 2
    return found


def many(classes: int = 1000) -> list[Pair]:
    """Every class is found once; one of seven is also taken for the next but two, class 700 for 703 the most often."""
    found: list[Pair] = [(c, c, 0.9) for c in range(classes)]
    found += [(c, c + 3, 0.6) for c in range(0, classes - 3, 7)]
    found += [(700, 703, 0.7)] * 8
    found += [(5, None, 0)] * 3
    return found


def matrix_of(pairs: list[Pair], classes: int, conf: float = 0.25) -> Matrix:
    """What the matrix counts at a score, worked out here."""
    counts: Counter[tuple[int, int]] = Counter()
    for true, pred, score in pairs:
        reached = pred if pred is not None and score >= conf else None
        if true is None and reached is None:
            continue
        counts[classes if true is None else true, classes if reached is None else reached] += 1
    return dict(counts)


def send(site: Any, job: dict[str, Any], epoch: int, pairs: list[Pair], names: list[str], an_image: int = 4) -> None:
    """One epoch; so many pairs are in an image, side by side."""
    results = []
    for number in range(0, len(pairs), an_image):
        truth, predicted = [], []
        for place, (true, pred, score) in enumerate(pairs[number : number + an_image]):
            box = [10.0 + 40 * place, 10.0, 30.0, 30.0]
            if true is not None:
                truth.append({"class_id": true, "bbox": box})
            if pred is not None:
                predicted.append({"class_id": pred, "bbox": box, "confidence": score})
        name = f"images/{number // an_image:05d}.jpg"
        results.append({"image_name": name, "true_boxes": truth, "predicted_boxes": predicted})
    body = {"job_id": job["id"], "epoch": epoch, "task_type": "detection", "class_names": names}
    with site.job_client(job) as client:
        client.post(f"/validation/jobs/{job['id']}/results", {**body, "image_results": results})


def new_job(site: Any, name: str) -> dict[str, Any]:
    body = {"name": name, "model": "own.pt", "epochs": 5, "launcher": "external"}
    return dict(site.client.post("/training/jobs", body))


def finish(site: Any, job: dict[str, Any]) -> None:
    with site.job_client(job) as client:
        event = {"seq": 1, "type": "state", "state": "completed"}
        client.post(f"/training/jobs/{job['id']}/events", {"attempt": 1, "events": [event]})


def job_of_parts(site: Any, *, epochs: int = 3) -> dict[str, Any]:
    """A finished job of six classes."""
    job = new_job(site, "Parts")
    for epoch in range(1, epochs + 1):
        send(site, job, epoch, parts(epoch), list(PARTS))
    finish(site, job)
    return job


def job_of_many(site: Any) -> dict[str, Any]:
    """A finished job of a thousand classes."""
    job = new_job(site, "A thousand classes")
    send(site, job, 1, many(), [f"species {i:03d}" for i in range(1000)])
    finish(site, job)
    return job
