"""The parts of uploads: objects of the internal store that nobody is offered, until the whole is checked."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterator

from snellen.errors import InvalidInput, ObjectMissing, UploadMismatch
from snellen.server.artifacts.downloads import disposition
from snellen.server.artifacts.tables import Upload
from snellen.storage import Store, object_keys

PART = re.compile(r"part-(\d+)$")


class Parts:
    """The parts of one upload. Any server of several may receive or join them: nothing lies on its disk."""

    def __init__(self, store: Store, upload: Upload) -> None:
        self._store = store
        self._upload = upload
        #: How many there are; an empty file has one of no bytes.
        self.count = max(1, math.ceil(upload.size / upload.part_size))

    def size_of(self, number: int) -> int:
        """How many bytes part `number` has, from 1."""
        if not 1 <= number <= self.count:
            raise InvalidInput(f"part: got {number}, expected 1 to {self.count}")
        return min(self._upload.part_size, self._upload.size - (number - 1) * self._upload.part_size)

    def received(self) -> list[int]:
        """The numbers of the parts that are there with their right size."""
        found = self._store.sizes(object_keys.upload_prefix(self._upload.id))
        numbers = {int(match[1]): size for key, size in found.items() if (match := PART.search(key))}
        return sorted(n for n, size in numbers.items() if 1 <= n <= self.count and size == self.size_of(n))

    def put(self, number: int, data: bytes) -> None:
        """Keep one part."""
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
        kind, shown_as = self._upload.content_type, disposition(key, self._upload.content_type)
        if self.count == 1:
            self._store.put_bytes(key, b"".join(self._checked_chunks()), kind, disposition=shown_as)
        else:
            self._store.put_chunks(key, self._checked_chunks(), kind, disposition=shown_as)
        if (stored := self._store.size(key)) != self._upload.size:
            raise UploadMismatch(f"{self._upload.name}: the store holds {stored} bytes of {self._upload.size}")

    def remove(self) -> None:
        """Remove all that is there."""
        self._store.delete_under(object_keys.upload_prefix(self._upload.id))

    def _chunks(self) -> Iterator[bytes]:
        for number in range(1, self.count + 1):
            try:
                yield from self._store.stream(object_keys.part_key(self._upload.id, number))
            except ObjectMissing as error:
                raise UploadMismatch(f"{self._upload.name}: part {number} is gone; send it again") from error

    def _checked_chunks(self) -> Iterator[bytes]:
        """The bytes; with a wrong hash it raises before the end, and what raises before its end is never stored."""
        digest = hashlib.sha256()
        for chunk in self._chunks():
            digest.update(chunk)
            yield chunk
        if (found := digest.hexdigest()) != self._upload.sha256:
            self.remove()
            raise UploadMismatch(
                f"{self._upload.name}: SHA-256 is {found}, announced was {self._upload.sha256}; send it again"
            )
