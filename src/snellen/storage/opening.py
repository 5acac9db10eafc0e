"""Opens a store by its URL."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from snellen.errors import StartRefused
from snellen.storage.store import Store, first_line

SCHEMES = ("file", "s3", "gs", "az", "abfs", "memory")
#: obstore's own patience is three minutes; a request of ours has an answer, good or bad, well before.
RETRIES = {"max_retries": 5, "retry_timeout": timedelta(seconds=30)}
TIMEOUTS = {"connect_timeout": timedelta(seconds=5), "timeout": timedelta(seconds=60)}


def open_store(url: str, options: Mapping[str, str] | None = None, *, create: bool = False) -> Store:
    """Open a store by URL: a path or ``file://``, ``s3://``, ``gs://``, ``az://``.

    `options` are obstore's own (``aws_access_key_id``, ``aws_secret_access_key``, ``aws_endpoint``, ``aws_region``, …);
    an endpoint without TLS is taken as meant. With `create` a missing folder is made. Nothing is asked of a bucket yet.
    Raises :class:`~snellen.errors.StartRefused` for a URL or options that can't be used.
    """
    from obstore import exceptions
    from obstore.store import LocalStore, from_url

    parts = urlsplit(url)
    if parts.scheme not in SCHEMES and "://" in url:
        raise StartRefused(f"store {url!r}: unknown scheme {parts.scheme!r}; expected a folder or {', '.join(SCHEMES)}")
    if parts.scheme in ("", "file"):
        folder = Path(parts.path if parts.scheme else url).expanduser().resolve()
        try:
            if create:
                folder.mkdir(parents=True, exist_ok=True)
            return Store(LocalStore(folder), url=str(folder), folder=folder)
        except (OSError, exceptions.BaseError) as error:
            raise StartRefused(
                f"the store folder {folder} can't be used ({first_line(error)}); make it, or name another"
            ) from error
    more = {} if parts.scheme == "memory" else {"client_options": _client(options), "retry_config": RETRIES}
    try:
        return Store(from_url(url, config=dict(options or {}), **more), url=url)  # type: ignore[call-overload]
    except (exceptions.BaseError, ValueError) as error:
        raise StartRefused(f"store {url!r}: {first_line(error)}; check its URL and options") from error


def _client(options: Mapping[str, str] | None) -> dict[str, Any]:
    endpoints = (v for k, v in (options or {}).items() if "endpoint" in k.lower())
    return {**TIMEOUTS, "allow_http": any(v.lower().startswith("http://") for v in endpoints)}
