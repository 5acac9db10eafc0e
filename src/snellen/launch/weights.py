"""Brings the checkpoints that a training begins with into its job's folder: whole, or not at all."""

from __future__ import annotations

import json
import logging
import threading
from pathlib import Path
from typing import Any

from snellen.contract.events import EventType, Journal
from snellen.contract.folder import JobFolder, write_whole
from snellen.contract.spec import JobSpec
from snellen.errors import CheckpointBroken, NotFound
from snellen.launch.client import ServerClient
from snellen.launch.patience import until_done

log = logging.getLogger("snellen.supervise")


class Weights:
    """Fetches what ``resume_from`` and ``init_from`` of a spec name."""

    def __init__(
        self, client: ServerClient, folder: JobFolder, spec: JobSpec, journal: Journal, ending: threading.Event
    ) -> None:
        self._client = client
        self._folder = folder
        self._spec = spec
        self._journal = journal
        self._ending = ending

    def prepare(self) -> None:
        """Fill the job's ``weights/``.

        To go on, the newest checkpoint whose bytes have the hash that they were stored with is taken; each that is
        not whole is told in the log. Raises :class:`~snellen.errors.CheckpointBroken` when none is left.
        """
        if self._spec.resume_from is None and self._spec.init_from is None:
            return
        self._folder.weights.mkdir(exist_ok=True)
        offered = until_done(self._client.weights, ending=self._ending, what="asking for the checkpoints")
        if self._spec.resume_from is not None:
            self._resume(offered["resume"], self._folder.root / self._spec.resume_from)
        elif self._spec.init_from is not None:
            self._init(offered["init"], self._folder.root / self._spec.init_from)

    def _resume(self, offered: list[dict[str, Any]], target: Path) -> None:
        refused = []
        for checkpoint in offered:
            name = f"{checkpoint['name']} of epoch {checkpoint['epoch']}"
            try:
                self._fetch(checkpoint, target)
            except CheckpointBroken as error:
                self._tell(f"checkpoint {name} is not whole ({error.detail}); the one before it is tried", "warning")
                refused.append(name)
                continue
            record = {key: checkpoint[key] for key in ("name", "epoch", "metadata")}
            write_whole(self._folder.resume_record, json.dumps(record))
            self._tell(f"going on from checkpoint {name}")
            return
        found = f"none of {len(refused)} is whole: {', '.join(refused)}" if refused else "there is none"
        raise CheckpointBroken(f"no checkpoint to go on from ({found}); start the training anew as a job of its own")

    def _init(self, offered: dict[str, Any] | None, target: Path) -> None:
        if offered is None:
            raise CheckpointBroken("the weights to begin with are gone; create the job again from a checkpoint")
        self._fetch(offered, target)
        self._tell(f"beginning with the weights {offered['name']}")

    def _fetch(self, checkpoint: dict[str, Any], target: Path) -> None:
        temporary = target.with_name(f".{target.name}.part")
        try:
            size, digest = until_done(
                lambda: self._client.download(checkpoint["url"], temporary),
                ending=self._ending,
                what=f"fetching {checkpoint['name']}",
            )
            if (size, digest) != (checkpoint["size"], checkpoint["sha256"]):
                raise CheckpointBroken(
                    f"got {size} bytes with SHA-256 {digest[:12]}…, expected {checkpoint['size']} with "
                    f"{checkpoint['sha256'][:12]}…"
                )
            temporary.replace(target)
        except NotFound as error:
            raise CheckpointBroken(f"it is gone from the store: {error.detail}") from error
        finally:
            temporary.unlink(missing_ok=True)

    def _tell(self, text: str, level: str = "info") -> None:
        log.info("%s", text)
        self._journal.append(EventType.LOG, level=level, lines=[text])
