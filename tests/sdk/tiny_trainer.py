"""A third party's trainer of all tasks that learns one number; tests install copies, each with another FAULT."""

from __future__ import annotations

import math
import os
import time
from pathlib import Path
from typing import Any, ClassVar

from snellen.contract.tasks import Task
from snellen.errors import CheckpointBroken, InvalidInput
from snellen.sdk import JobContext, Trainer

FAULT = ""


class TinyTrainer(Trainer):
    name: ClassVar[str] = "tiny"
    tasks = tuple(Task)
    models = ("tiny-1", "tiny-2")
    conformance_params: ClassVar[dict[str, Any]] = {"batch": 4}

    def version(self) -> str:
        return "1.0"

    def schema(self, task: Task) -> dict[str, Any]:
        rate = {"type": "number", "exclusiveMinimum": 0, "maximum": 1, "default": 2 if FAULT == "bad-default" else 0.1}
        batch = {"default": 8} if FAULT == "lax" else {"type": "integer", "minimum": 1, "maximum": 64, "default": 8}
        schema: dict[str, Any] = {"type": "object", "properties": {"lr": rate, "batch": batch}}
        return schema if FAULT == "takes-any-parameter" else {**schema, "additionalProperties": False}

    def run(self, ctx: JobContext) -> None:
        import numpy as np

        if FAULT == "needs-platform":
            os.environ["SNELLEN_URL"]
        if ctx.job.model not in self.models and FAULT != "takes-any-model":
            raise (
                KeyError(ctx.job.model)
                if FAULT == "curt"
                else InvalidInput(f"model: got {ctx.job.model!r}, expected one of: {', '.join(self.models)}")
            )
        images = sorted((ctx.dataset_dir).glob("**/val/**/*.png"))
        names = [path.relative_to(ctx.dataset_dir).as_posix() for path in images]
        learnt, speed, first = 8.0, 0.0, 1
        start = ctx.resume_from or (None if FAULT == "ignores-init" else ctx.init_from)
        if start is not None:
            try:
                kept = dict(np.load(start))
            except Exception as error:
                if FAULT == "trusts-cut":
                    kept = {}
                else:
                    raise (
                        ValueError("bad file")
                        if FAULT == "mute"
                        else CheckpointBroken(
                            f"the checkpoint {start.name} can't be read ({error}); go on from another"
                        )
                    ) from error
            learnt = float(kept.get("learnt", learnt))
            if ctx.resume_from is not None:
                speed, first = float(kept.get("speed", speed)), int(kept.get("epoch", 0)) + 1
                first -= FAULT == "doubles-epoch"
        for epoch in range(first, ctx.job.epochs + 1):
            if ctx.job.epochs > 100 and epoch > first + 1:
                time.sleep(0.1)  # so that there is something left to kill
            at = epoch - first if FAULT == "restarts-rate" else epoch - 1
            rate = ctx.params.get("lr", 0.1) * (1 + math.cos(math.pi * at / ctx.job.epochs)) / 2
            for batch in range(2):
                speed = 0.9 * speed - rate * learnt
                learnt += speed
                if FAULT != "no-progress":
                    ctx.progress(epoch, (batch + 1) / 2)
                if FAULT != "ignores-stop-now" and ctx.should_stop_now():
                    return
                if FAULT == "counts-batches-anew":
                    ctx.log_metrics({"batch/loss": learnt**2}, step=2 * (epoch - first) + batch, epoch=epoch)
            ctx.log_metrics({"train/loss": learnt**2, "lr": rate}, epoch=epoch)
            if FAULT == "new-key" and ctx.resume_from is not None:
                ctx.log_metrics({"train/other": 1.0}, epoch=epoch)
            if FAULT != "skips-validation" or epoch != 2:
                ctx.log_validation(epoch, predictions=_predictions(ctx.job.task, names), images=_evaluated(names))
            self._keep(ctx, epoch, {"learnt": learnt, "speed": speed, "epoch": epoch})
            if FAULT == "no-json":
                with ctx.folder.events.open("a") as file:
                    file.write('{"type": "metrics", "step": 1, "values": {"train/loss": NaN}}\n')
            if FAULT == "writes-outside":
                (ctx.folder.root.parent / "summary.csv").write_text("1,2\n")
            if FAULT == "writes-home":
                (Path.home() / ".tiny").write_text("settings\n")
            if FAULT == "changes-dataset":
                images[0].write_bytes(b"")
            if FAULT != "ignores-stop" and ctx.should_stop():
                return

    def _keep(self, ctx: JobContext, epoch: int, state: dict[str, Any]) -> None:
        import numpy as np

        path = ctx.folder.work / "last.npz"
        np.savez(path, **({"learnt": state["learnt"]} if FAULT == "strips" else state))
        ctx.save_checkpoint(path, name="weights" if FAULT == "odd-name" else "last", epoch=epoch)


def _evaluated(names: list[str]) -> list[str]:
    return names[:1] if FAULT == "forgets-images" else names


def _predictions(task: Task, names: list[str]) -> dict[str, Any]:
    from snellen.formats.masks import text_of

    if FAULT == "wrong-columns":
        return {"image": names, "boxes": [[10, 10, 8, 8]] * len(names)}
    names = _evaluated(names)
    if FAULT == "wrong-class":
        return {"image": names, "class_id": [7] * len(names), "score": [0.5] * len(names), **_box(len(names))}
    found: dict[str, Any] = {"image": names, "class_id": [0] * len(names), "score": [0.5] * len(names)}
    if task is Task.CLASSIFICATION:
        return found
    found |= _box(len(names))
    if task is Task.POSE:
        found["keypoints"] = [[[12, 10, 0.5]] * 4] * len(names)
    if task is Task.SEGMENTATION:
        import numpy as np
        from hotcoco import mask

        ink = np.zeros((48, 64), np.uint8)  # of as many pixels as one that stands
        ink[10:18, 10:18] = 1
        found["rle"] = [text_of(mask.encode(np.asfortranarray(ink)))] * len(names)
    return found


def _box(count: int) -> dict[str, Any]:
    return {"x": [10.0] * count, "y": [10.0] * count, "w": [8.0] * count, "h": [8.0] * count}
