"""Where things are in the stores. Keys hold letters, digits and ``-_./`` only; other characters become ``_``."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from snellen.errors import InvalidInput

#: The content type of every table.
PARQUET = "application/vnd.apache.parquet"
#: What lies under :func:`snapshot_prefix`, by what it is.
SNAPSHOT_FILES = {"images": "images.parquet", "objects": "objects.parquet", "snapshot": "snapshot.json"}
#: What lies here in the internal store is on its way in; nothing of it is offered.
UPLOADS = "uploads/"
SHORT_HASH = 12
MOST_BYTES_A_PART = 240
MOST_BYTES = 1000


def check_key(key: str) -> str:
    """The key, if it stays inside the store and every kind of store can hold it.

    Raises :class:`~snellen.errors.InvalidInput` otherwise: for ``.`` and ``..``, empty parts, backslashes and control
    characters, what is no UTF-8, more than 240 bytes a part or 1,000 in all, and an end like ``#1``, which a folder
    store keeps for files that are being written.
    """
    parts = key.split("/")
    if not key or "\\" in key or any(part in ("", ".", "..") for part in parts) or re.search(r"[\x00-\x1f\x7f]", key):
        raise InvalidInput(f"store key: got {key!r}; expected relative parts between single /, without . and ..")
    sizes = [len(part.encode("utf-8", errors="replace")) for part in parts]
    if max(sizes) > MOST_BYTES_A_PART or sum(sizes) + len(parts) > MOST_BYTES:
        raise InvalidInput(f"store key: {key[:60]!r}… is too long; at most {MOST_BYTES_A_PART} bytes between two /")
    if re.search(r"[\ud800-\udfff]|#\d+(/|$)", key):
        raise InvalidInput(f"store key: got {key!r}; expected UTF-8, and no part that ends like #1")
    return key


def plot_key(job_id: int, epoch: int | None, name: str) -> str:
    """``job7/validation/epoch-000012/confusion_matrix.png``; plots of no epoch are under ``plots/``."""
    folder = "plots" if epoch is None else f"validation/epoch-{epoch:06d}"
    return f"job{job_id}/{folder}/{_safe(name)}"


def predictions_key(job_id: int, epoch: int, sha256: str) -> str:
    """``job7/predictions/epoch-000012-0123456789ab.parquet``."""
    return f"job{job_id}/predictions/epoch-{epoch:06d}-{sha256[:SHORT_HASH]}.parquet"


def evaluation_key(job_id: int, epoch: int, name: str, sha256: str) -> str:
    """``job7/evaluation/epoch-000012-matches-0123456789ab.parquet``."""
    return f"job{job_id}/evaluation/epoch-{epoch:06d}-{with_hash(_safe(name), sha256)}"


def checkpoint_key(job_id: int, name: str, epoch: int | None, sha256: str) -> str:
    """``job7/checkpoints/last-epoch-000012-0123456789ab.pt``."""
    path = PurePosixPath(_safe(name))
    part = "" if epoch is None else f"-epoch-{epoch:06d}"
    return f"job{job_id}/checkpoints/{path.stem}{part}-{sha256[:SHORT_HASH]}{path.suffix or '.pt'}"


def initial_key(name: str, sha256: str) -> str:
    """``initial/0123….pt``: a checkpoint that jobs begin with, whatever becomes of the job that it is from."""
    return f"initial/{sha256}{PurePosixPath(_safe(name)).suffix}"


def artifact_key(job_id: int, name: str, sha256: str) -> str:
    """``job7/files/notes-0123456789ab.txt``."""
    return f"job{job_id}/files/{with_hash(_safe(name), sha256)}"


def truth_prefix(job_id: int, epoch: int, sha256: str) -> str:
    """``job7/predictions/epoch-000012-0123456789ab-``: truth that came with a validation is beside its set."""
    return f"job{job_id}/predictions/epoch-{epoch:06d}-{sha256[:SHORT_HASH]}-"


def truth_keys(prefix: str) -> tuple[str, str]:
    """The images and the objects of a truth under :func:`truth_prefix`."""
    return prefix + "images.parquet", prefix + "truth.parquet"


def upload_prefix(upload_id: str) -> str:
    """``uploads/<id>/``: the parts of a file that is not published yet."""
    return f"{UPLOADS}{upload_id}/"


def whole_key(upload_id: str) -> str:
    """``uploads/<id>/whole``: in a folder, the file that the parts are written into."""
    return f"{upload_prefix(upload_id)}whole"


def part_key(upload_id: str, number: int) -> str:
    """``uploads/<id>/part-00001``; parts count from 1."""
    return f"{upload_prefix(upload_id)}part-{number:05d}"


def snapshot_prefix(snapshot_hash: str) -> str:
    """``snapshots/<hash>/``."""
    return f"snapshots/{snapshot_hash}/"


def problems_key(import_id: int) -> str:
    """``imports/7/problems.parquet``: what an import found odd; it belongs to the import and not to the content."""
    return f"imports/{import_id}/problems.parquet"


def file_key(sha256: str) -> str:
    """``files/01/<sha256>``: a file is stored once whatever the number of snapshots."""
    return f"files/{sha256[:2]}/{sha256}"


def with_hash(name: str, sha256: str) -> str:
    """``name.ext`` → ``name-0123456789ab.ext``."""
    path = PurePosixPath(name)
    return str(path.with_name(f"{path.stem}-{sha256[:SHORT_HASH]}{path.suffix}"))


def _safe(name: str) -> str:
    parts = [re.sub(r"[^\w.\-]+", "_", part, flags=re.ASCII).lstrip(".") for part in name.split("/")]
    return "/".join(part for part in parts if part) or "unnamed"
