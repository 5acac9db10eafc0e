"""A job whose model learns one object after the other, so that every epoch is known beforehand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Truth = dict[str, list[tuple[int, list[float]]]]


@dataclass
class Learner:
    """An external job on the site's digits. The n-th object of an image is found from epoch n + 1 on; before that it
    is missed, and one box where nothing is, is seen in every image until the last epoch."""

    site: Any
    epochs: int
    name: str
    truth: Truth
    job: dict[str, Any] = field(default_factory=dict)
    seq: int = 0

    @classmethod
    def begin(cls, site: Any, *, epochs: int = 8, name: str = "Learns", **fields: Any) -> Learner:
        body = {"model": "own.pt", "epochs": epochs, "launcher": "external", "dataset": site.dataset_id, "name": name}
        job = dict(site.client.post("/training/jobs", body | fields))
        return cls(site, epochs, name, read_truth(site), job)

    @property
    def id(self) -> int:
        return int(self.job["id"])

    def predicted(self, epoch: int, place: int, path: str) -> list[dict[str, Any]]:
        found = [
            {"class_id": digit, "bbox": box, "confidence": min(0.95, 0.5 + 0.05 * (epoch - at))}
            for at, (digit, box) in enumerate(self.truth[path])
            if at < epoch
        ]
        if epoch < self.epochs:
            found.append({"class_id": place % 10, "bbox": [0, 0, 6, 6], "confidence": 0.4})
        return found

    def validate(self, epoch: int, **fields: Any) -> None:
        """Send the validation of an epoch."""
        images = [
            {"image_name": path, "predicted_boxes": self.predicted(epoch, place, path)}
            for place, path in enumerate(sorted(self.truth))
        ]
        body = {"job_id": self.id, "epoch": epoch, "task_type": "detection", "image_results": images}
        body |= {"metrics": {"val/box_loss": round(2 / epoch, 4)}} | fields
        with self.site.job_client(self.job) as client:
            client.post(f"/validation/jobs/{self.id}/results", body)

    def train(self, epoch: int) -> None:
        """Send the training loss of an epoch."""
        self.send({"type": "metrics", "step": epoch, "epoch": epoch, "values": {"train/box_loss": 1.8 / epoch}})

    def send(self, *events: dict[str, Any]) -> None:
        numbered = [{"seq": self.seq + at, **event} for at, event in enumerate(events, 1)]
        self.seq += len(events)
        with self.site.job_client(self.job) as client:
            client.post(f"/training/jobs/{self.id}/events", {"attempt": 1, "events": numbered})

    def learn(self, *epochs: int) -> Learner:
        for epoch in epochs:
            self.train(epoch)
            self.validate(epoch)
        return self

    def end(self) -> Learner:
        self.send({"type": "state", "state": "completed"})
        return self

    def get(self, rest: str, **query: Any) -> Any:
        return self.site.client.get(f"/validation/jobs/{self.id}{rest}", **query)


def read_truth(site: Any) -> Truth:
    """The objects of the validation images, by path."""
    import polars as pl

    snapshot = site.client.get(f"/datasets/{site.dataset_id}")["latest"]["hash"]
    folder = site.data_dir / "external" / "snapshots" / snapshot
    images = pl.read_parquet(folder / "images.parquet").filter(pl.col("split") == "val")
    objects = pl.read_parquet(folder / "objects.parquet")
    truth: Truth = {}
    for image_id, path in images.select("image_id", "path").iter_rows():
        rows = objects.filter(pl.col("image_id") == image_id).select("class_id", "x", "y", "w", "h").rows()
        truth[path] = [(int(row[0]), [float(v) for v in row[1:]]) for row in rows]
    return truth
