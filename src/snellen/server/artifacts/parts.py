"""The parts of uploads, in the internal store where nobody is offered them until the whole is checked.

In a bucket each is an object of its own; in a folder each is written at its place in one file, and an empty object says
that it is there.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterator

from snellen.errors import InvalidInput, ObjectMissing, UploadMismatch
from snellen.server.artifacts.downloads import disposition
from snellen.server.artifacts.tables import Upload
from snellen.storage import Store, object_keys
from snellen.storage.in_place import FileInPlace

PART = re.compile(r"part-(\d+)$")


class Parts:
    """The parts of one upload. Any server of several may receive or join them: nothing lies on its disk."""

    def __init__(self, store: Store, upload: Upload) -> None:
        self._store = store
        self._upload = upload
        #: How many there are; an empty file has one of no bytes.
        self.count = max(1, math.ceil(upload.size / upload.part_size))
        self._file = None if store.folder is None else FileInPlace(store, object_keys.whole_key(upload.id))

    def size_of(self, number: int) -> int:
        """How many bytes part `number` has, from 1."""
        if not 1 <= number <= self.count:
            raise InvalidInput(f"part: got {number}, expected 1 to {self.count}")
        return min(self._upload.part_size, self._upload.size - (number - 1) * self._upload.part_size)

    def received(self) -> list[int]:
        """The numbers of the parts that are there with their right size."""
        found = self._store.sizes(object_keys.upload_prefix(self._upload.id))
        numbers = {int(match[1]): size for key, size in found.items() if (match := PART.search(key))}
        known = {n: size for n, size in numbers.items() if 1 <= n <= self.count}
        if self._file is not None:
            written = self._file.size()
            return sorted(n for n in known if self._start_of(n) + self.size_of(n) <= written)
        return sorted(n for n, size in known.items() if size == self.size_of(n))

    def put(self, number: int, data: bytes) -> None:
        """Keep one part."""
        if self._file is not None:
            self._file.write(self._start_of(number), data)
            data = b""
        self._store.put_bytes(object_keys.part_key(self._upload.id, number), data)

    def join(self, key: str) -> None:
        """Check the parts and store them as one object.

        Raises :class:`~snellen.errors.UploadMismatch` when parts are missing, or when the whole has another hash; then
        the parts are removed, so that all are sent again.
        """
        missing = sorted(set(range(1, self.count + 1)) - set(self.received()))
        if missing:
            listed = ", ".join(map(str, missing[:10]))
            raise UploadMismatch(f"{self._upload.name}: of {self.count} parts {listed} are missing; PUT them first")
        if self._file is not None:
            self._publish(self._file, key)
        else:
            self._join_objects(key)
        if (stored := self._store.size(key)) != self._upload.size:
            raise UploadMismatch(f"{self._upload.name}: the store holds {stored} bytes of {self._upload.size}")

    def _publish(self, file: FileInPlace, key: str) -> None:
        # What says that parts are there goes first: a server that is killed here leaves an upload that begins anew.
        self._store.delete(*(object_keys.part_key(self._upload.id, n) for n in range(1, self.count + 1)))
        taken = file.taken()
        for _ in self._checked(self._store.stream(taken.key)):
            pass
        taken.publish(key)

    def _join_objects(self, key: str) -> None:
        kind, shown_as = self._upload.content_type, disposition(key, self._upload.content_type)
        if self.count == 1:
            self._store.put_bytes(key, b"".join(self._checked(self._chunks())), kind, disposition=shown_as)
        else:
            self._store.put_chunks(key, self._checked(self._chunks()), kind, disposition=shown_as)

    def remove(self) -> None:
        """Remove all that is there."""
        self._store.delete_under(object_keys.upload_prefix(self._upload.id))

    def _chunks(self) -> Iterator[bytes]:
        for number in range(1, self.count + 1):
            try:
                yield from self._store.stream(object_keys.part_key(self._upload.id, number))
            except ObjectMissing as error:
                raise UploadMismatch(f"{self._upload.name}: part {number} is gone; send it again") from error

    def _start_of(self, number: int) -> int:
        return (number - 1) * self._upload.part_size

    def _checked(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """The bytes; with a wrong hash it raises before the end, and what raises before its end is never stored."""
        digest = hashlib.sha256()
        for chunk in chunks:
            digest.update(chunk)
            yield chunk
        if (found := digest.hexdigest()) != self._upload.sha256:
            self.remove()
            raise UploadMismatch(
                f"{self._upload.name}: SHA-256 is {found}, announced was {self._upload.sha256}; send it again"
            )
