"""Sends what the folder of a job holds whose supervisor is gone for good: ``snellen sync`` on a server's job."""

from __future__ import annotations

from snellen.contract.folder import JobFolder
from snellen.launch.alone import alone
from snellen.launch.dataset_cache import DEFAULT_BYTES
from snellen.launch.successor import Successor
from snellen.launch.supervise import REFUSED
from snellen.launch.trainer_process import UNSEEN, Ending, ending_of
from snellen.sdk.server import data_dir


class LeftBehind(Successor):
    """A supervisor that starts no trainer: one that runs is taken over, else there is what was written."""

    def _train(self) -> Ending:
        if self._orphan() is not None:
            return super()._train()
        self._files.start()
        self._files.finish()
        return ending_of(self._folder, UNSEEN)


def deliver(folder: JobFolder, *, server: str, token: str) -> int:
    """Deliver everything; the exit status says whether the server took it."""
    config = {
        "server": server,
        "token": token,
        "cache": str(data_dir() / "cache" / "datasets"),
        "cache_bytes": DEFAULT_BYTES,
    }
    with alone(folder) as is_ours:
        return LeftBehind(folder, folder.spec(), config).run() if is_ours else REFUSED
