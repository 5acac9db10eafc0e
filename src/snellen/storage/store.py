"""One store, whatever is behind it: a folder, S3, GCS or Azure, by URL, on obstore."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from snellen.contract.disk import is_full
from snellen.errors import DiskFull, InvalidInput, ObjectMissing, StoreUnavailable
from snellen.storage.feeding import Feed
from snellen.storage.object_keys import check_key

CHUNK = 1024 * 1024
REFUSED = re.compile(r"status code: 40[13]\b")


class Store:
    """Objects under keys. Keys are relative paths with ``/``; none leaves the store.

    Every method raises :class:`~snellen.errors.InvalidInput` for a key that could leave the store,
    :class:`~snellen.errors.ObjectMissing` for one that isn't there, and
    :class:`~snellen.errors.StoreUnavailable` when the store does not answer or refuses its credentials.

    A folder can't keep a content type; the artifact's row in the database does. Buckets get it too.
    """

    def __init__(self, backend: Any, *, url: str, folder: Path | None = None) -> None:
        self._backend = backend
        self.url = url
        #: The folder behind the store, if it is one.
        self.folder = folder

    def put_file(self, key: str, path: Path, content_type: str = "application/octet-stream") -> None:
        """Store a file's bytes; a reader sees the whole object or none."""
        self._put(key, path, content_type)

    def put_bytes(
        self, key: str, data: bytes, content_type: str = "application/octet-stream", *, disposition: str | None = None
    ) -> None:
        """Store bytes; a reader sees the whole object or none.

        A bucket answers with `disposition` as ``Content-Disposition`` when a presigned URL is opened.
        """
        self._put(key, data, content_type, disposition)

    def put_chunks(
        self,
        key: str,
        chunks: Iterator[bytes],
        content_type: str = "application/octet-stream",
        *,
        disposition: str | None = None,
    ) -> None:
        """Store what `chunks` gives, in bounded memory; a reader sees the whole object or none.

        What `chunks` raises goes through, and nothing is stored. It may read from a store, also from this one.
        """
        feed = Feed(chunks)
        try:
            with feed as fed:
                self._put(key, fed, content_type, disposition)
        except StoreUnavailable as error:
            raise (feed.error or error) from error

    def get_bytes(self, key: str) -> bytes:
        """The whole object."""
        import obstore

        with self._telling(key):
            return obstore.get(self._backend, self._key(key)).bytes().to_bytes()

    def stream(self, key: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The object's bytes from `start` up to `end` (exclusive), in chunks. The object is opened at once.

        Memory stays bounded whatever the size. A range that begins behind the end gives nothing.
        """
        import obstore

        with self._telling(key):
            if start == 0 and end is None:
                return self._chunks(key, obstore.get(self._backend, self._key(key)))
            if start < 0 or (end or 0) < 0:
                raise InvalidInput(f"{key}: got the range {start} to {end}, expected none below 0")
            size = self.size(key)
            stop = size if end is None else min(end, size)
            if start >= stop:
                return iter(())
            return self._chunks(key, obstore.get(self._backend, self._key(key), options={"range": (start, stop)}))

    def download(self, key: str, path: Path) -> None:
        """Write the object to a file; an interrupted download leaves none, and two at once do no harm."""
        chunks = self.stream(key)
        part = path.with_name(f".{path.name[:100]}.{uuid.uuid4().hex}.part")
        try:
            with part.open("wb") as file:
                for chunk in chunks:
                    file.write(chunk)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)

    def copy(self, key: str, to: str) -> None:
        """Copy an object within the store; a reader sees the whole copy or none."""
        import obstore

        with self._telling(key):
            obstore.copy(self._backend, self._key(key), self._key(to))

    def size(self, key: str) -> int:
        """The object's size in bytes."""
        import obstore

        with self._telling(key):
            return int(obstore.head(self._backend, self._key(key))["size"])

    def sizes(self, prefix: str) -> dict[str, int]:
        """The keys under a prefix that ends at a ``/``, with their sizes in bytes."""
        return dict(self._entries(prefix))

    def exists(self, key: str) -> bool:
        """Whether the object is there."""
        try:
            self.size(key)
        except ObjectMissing:
            return False
        return True

    def delete(self, *keys: str) -> None:
        """Remove objects; those that are not there are no error."""
        import obstore

        for key in keys:
            try:
                with self._telling(key):
                    obstore.delete(self._backend, self._key(key))
            except ObjectMissing:
                continue

    def delete_under(self, prefix: str) -> None:
        """Remove all objects under a prefix that ends at a ``/``."""
        self.delete(*self.sizes(prefix))
        if self.folder is not None:
            with suppress(OSError):  # not empty: somebody wrote meanwhile
                (self.folder / prefix).rmdir()

    def list(self, prefix: str = "") -> Iterator[str]:
        """Keys under a prefix that ends at a ``/``, in no order."""
        return (key for key, _ in self._entries(prefix))

    def changed(self) -> Iterator[tuple[str, float]]:
        """All keys, and when each was written last (Unix seconds)."""
        import obstore

        with self._telling(""):
            for page in obstore.list(self._backend):
                for entry in page:
                    if self._is_inside(entry["path"]):
                        yield entry["path"], entry["last_modified"].timestamp()

    def presign(self, method: Literal["GET", "PUT"], key: str, seconds: int) -> str | None:
        """A URL that is good for one object, one method and a while; None where the store can't (a folder)."""
        import obstore

        if self.folder is not None or self.url.startswith("memory"):
            return None
        with self._telling(key):
            return str(obstore.sign(self._backend, method, self._key(key), timedelta(seconds=seconds)))

    def _entries(self, prefix: str) -> Iterator[tuple[str, int]]:
        import obstore

        with self._telling(prefix):
            for page in obstore.list(self._backend, prefix=self._key(prefix.rstrip("/")) if prefix else None):
                for entry in page:
                    if self._is_inside(entry["path"]):
                        yield entry["path"], int(entry["size"])

    def _chunks(self, key: str, found: Any) -> Iterator[bytes]:
        """Also what fails half-way is told in our words."""
        with self._telling(key):
            for chunk in found.stream(min_chunk_size=CHUNK):
                yield bytes(chunk)

    def _put(
        self, key: str, what: Path | bytes | Iterator[bytes], content_type: str, disposition: str | None = None
    ) -> None:
        import obstore

        try:
            with self._telling(key):
                obstore.put(self._backend, self._key(key), what, **self._attributes(content_type, disposition))
        except ObjectMissing as error:
            if isinstance(what, Path) and not what.is_file():
                raise InvalidInput(f"{what}: no such file to store") from error
            raise StoreUnavailable(f"the store {self.url} is not there: make its bucket, or check its URL") from error

    def _key(self, key: str) -> str:
        if not self._is_inside(check_key(key)):
            raise InvalidInput(f"store key: {key!r} leads out of the store through a link")
        return key

    def _is_inside(self, key: str) -> bool:
        return self.folder is None or (self.folder / key).resolve().is_relative_to(self.folder)

    def _attributes(self, content_type: str, disposition: str | None) -> dict[str, Any]:
        if self.folder is not None:
            return {}
        more = {} if disposition is None else {"Content-Disposition": disposition}
        return {"attributes": {"Content-Type": content_type, **more}}

    @contextmanager
    def _telling(self, key: str) -> Iterator[None]:
        from obstore import exceptions

        try:
            yield
        except (exceptions.NotFoundError, FileNotFoundError) as error:
            raise ObjectMissing(f"the store {self.url} has no object {key!r}") from error
        except (exceptions.PermissionDeniedError, exceptions.UnauthenticatedError) as error:
            raise self._refused(key) from error
        except (exceptions.BaseError, OSError) as error:
            if REFUSED.search(str(error)):  # a listing's refusal is a plain error with the status in its text
                raise self._refused(key) from error
            if self.folder is not None and is_full(error):
                raise DiskFull(f"the disk of the store {self.url} is full: {key!r} is not kept; make room") from error
            raise StoreUnavailable(f"the store {self.url} failed for {key!r}: {first_line(error)}") from error

    def _refused(self, key: str) -> StoreUnavailable:
        return StoreUnavailable(f"the store {self.url} refused its credentials for {key!r}; check its options")


def first_line(error: BaseException) -> str:
    """What an error says, in one line."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
