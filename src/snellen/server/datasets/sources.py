"""Where a dataset comes from: a folder or an archive on this machine, an upload, or a place in the external store."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from snellen.errors import DatasetInvalid
from snellen.server.auth.people import OPERATOR, Person
from snellen.server.datasets.roots import Roots
from snellen.server.datasets.uploads import Uploads
from snellen.storage import Store
from snellen.storage.object_keys import check_key

UPLOAD, EXTERNAL = "upload:", "external:"
THREADS = 16
#: Of the external store itself: no dataset to import.
OWN = frozenset({"files", "snapshots", "imports"})

#: Says the phase, and how much of it is done of how much, in bytes.
Tell = Callable[[str, int, int], None]


@contextmanager
def open_source(
    source: str,
    *,
    external: Store,
    uploads: Uploads,
    workdir: Path,
    tell: Tell,
    owner: str = OPERATOR.key,
    roots: Roots | None = None,
) -> Iterator[Path]:
    """A folder with the dataset, for as long as it is open.

    `source` is the absolute path of a folder or an archive, ``upload:<id>``, or a place in the external store:
    ``external:some/prefix`` or a URL that begins with the store's. An archive is unpacked under `workdir`, and what was
    fetched or unpacked is removed at the end; so is an upload, when its import went well.

    An upload is there for its `owner`; with `roots` no path and no symbolic link leads out of them.

    Raises :class:`~snellen.errors.DatasetInvalid` for every other source, :class:`~snellen.errors.UploadNotFound`,
    :class:`~snellen.errors.Conflict` for an upload that is not complete, and what `tell` raises.
    """
    workdir.mkdir(parents=True, exist_ok=True, mode=0o700)
    place = Path(tempfile.mkdtemp(dir=workdir))
    try:
        if source.startswith(UPLOAD):
            with uploads.held(source.removeprefix(UPLOAD), owner) as upload:
                yield _unpack(upload.path, place, tell, upload.filename)
        elif (key := key_of(source, external)) is not None:
            yield _fetch(key, external, place, tell)
        else:
            yield _local(source, place, tell, roots)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def check_source(source: str, person: Person, *, external: Store, roots: Roots) -> None:
    """:class:`~snellen.errors.NotAllowed` for a source that somebody may not read; uploads are their makers' anyway."""
    if source.startswith(UPLOAD):
        return
    key = key_of(source, external)
    if key is not None:
        roots.check_external(person, key)
    else:
        roots.check(person, source)


def _local(source: str, place: Path, tell: Tell, roots: Roots | None) -> Path:
    try:
        path = Path(source).expanduser()
    except RuntimeError:  # the home of nobody that is known here
        path = Path(source)
    if "://" in source or not path.is_absolute():
        raise DatasetInvalid(
            f"source: got {source[:200]!r}, expected the absolute path of a folder or an archive on the server's "
            "machine, upload:<id>, or a URL inside the external store"
        )
    try:
        if roots is not None:
            path = roots.real(source)
            tell("waiting", 0, 0)
            roots.check_links(path)
        if path.is_dir():
            return path
        found = path.is_file()
    except OSError as error:
        raise DatasetInvalid(f"{source[:200]}: can't be looked at ({error.strerror}) by the server") from error
    if not found:
        raise DatasetInvalid(f"{source}: no such folder or archive on the server's machine")
    return _unpack(path, place, tell, path.name)


def _unpack(archive: Path, place: Path, tell: Tell, name: str) -> Path:
    from snellen.formats.archives import extract_archive

    target = place / "unpacked"
    tell("extracting", 0, 0)
    try:
        extract_archive(archive, target, progress=lambda done, total: tell("extracting", done, total))
    except DatasetInvalid as error:
        renamed = error.detail.replace(f"{archive.name}:", f"{name}:", 1)
        raise DatasetInvalid(renamed, problems=error.problems, problem_count=error.problem_count) from error
    return target


def key_of(source: str, external: Store) -> str | None:
    """The key or prefix in the external store; None for a source of another kind."""
    if source.startswith(EXTERNAL):
        return source.removeprefix(EXTERNAL).strip("/")
    base = external.url.rstrip("/") + "/"
    if external.folder is None and source.startswith(base):
        return source.removeprefix(base).strip("/")
    return None


def _fetch(key: str, external: Store, place: Path, tell: Tell) -> Path:
    """One archive, or everything under a prefix."""
    from snellen.formats.archives import is_archive

    if not key or key.split("/")[0] in OWN:
        raise DatasetInvalid(
            f"source: got {key!r}, expected a place in the external store beside {', '.join(sorted(OWN))}"
        )
    name = PurePosixPath(key).name
    tell("fetching", 0, 0)
    if is_archive(Path(name)) and external.exists(key):
        archive = place / "archive"
        total, done = external.size(key), 0
        with archive.open("wb") as file:
            for chunk in external.stream(key):
                file.write(chunk)
                done += len(chunk)
                tell("fetching", done, total)
        return _unpack(archive, place, tell, name)
    found = set(external.list(key + "/"))
    if not found:
        raise DatasetInvalid(f"{external.url} holds nothing under {key!r}; give a prefix with a dataset, or an archive")
    # Some tools keep an empty object for a folder; it is none of the dataset's files.
    found -= {str(parent) for each in found for parent in PurePosixPath(each).parents}
    target = place / "fetched"

    def bring(each: str) -> int:
        path = target / check_key(each).removeprefix(key + "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        external.download(each, path)
        return path.stat().st_size

    done = 0
    with ThreadPoolExecutor(THREADS) as pool:
        try:
            for size in pool.map(bring, sorted(found)):
                done += size
                tell("fetching", done, 0)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)  # who gives up doesn't wait for the rest
            raise
    return target
