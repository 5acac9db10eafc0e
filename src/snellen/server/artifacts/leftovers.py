"""Removes what uploads left in the internal store: parts of which nobody made a whole."""

from __future__ import annotations

import logging
import threading

from sqlalchemy.exc import SQLAlchemyError

from snellen.contract.events import now_ms
from snellen.errors import SnellenError
from snellen.server.artifacts import service
from snellen.server.cluster.leases import Leases
from snellen.server.db import Database
from snellen.storage import Store
from snellen.storage.object_keys import UPLOADS, upload_prefix

EVERY_SECONDS = 3600.0
HOUR_MS = 3_600_000
log = logging.getLogger("snellen.uploads")


class Leftovers:
    """Looks when the server starts, and every hour; of several servers one."""

    def __init__(self, database: Database, leases: Leases, store: Store, *, kept_hours: float) -> None:
        self._database = database
        self._leases = leases
        self._store = store
        self._kept_ms = int(kept_hours * HOUR_MS)
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="upload-leftovers", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def is_alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """Stop looking."""
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def collect(self) -> None:
        """Forget uploads that expired and remove every part that belongs to none."""
        # Listed before the rows are read: a part always has its upload's row before it.
        keys = list(self._store.list(UPLOADS))
        with self._database.write() as session:
            service.drop_expired(session, before=now_ms() - self._kept_ms)
            live = service.open_uploads(session)
        gone = {upload_id for key in keys if (upload_id := key.split("/")[1]) not in live}
        for upload_id in gone:
            if self._ending.is_set():
                break
            self._store.delete_under(upload_prefix(upload_id))
        if gone:
            log.info("the parts of %d abandoned uploads removed", len(gone))

    def _run(self) -> None:
        while True:
            try:
                if self._leases.turn("leftovers", every_seconds=EVERY_SECONDS - 60):
                    self.collect()
            except (SnellenError, SQLAlchemyError) as error:
                log.warning("abandoned uploads could not be removed, tried again in an hour: %s", error)
            if self._ending.wait(EVERY_SECONDS):
                return
