"""A small client of the server's API for commands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from snellen.errors import SnellenError
from snellen.sdk.server import NoServer, find_server

if TYPE_CHECKING:
    import httpx

TIMEOUT_SECONDS = 60.0
CHUNK = 1024 * 1024


class ServerSaidNo(SnellenError):
    """The server refused; its own words are the message."""

    code = "server_said_no"
    #: The status of the server's answer.
    status_code: int = 0


class Client:
    """Calls the API with a token."""

    def __init__(self, url: str, token: str) -> None:
        import httpx

        self.url = url.rstrip("/")
        self._http = httpx.Client(
            base_url=self.url + "/api/v1",
            headers={"authorization": f"Bearer {token}"},
            timeout=TIMEOUT_SECONDS,
            trust_env=False,
        )

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close connections."""
        self._http.close()

    @classmethod
    def from_environment(cls, data_dir: Path | None = None) -> Client:
        """The server named by ``SNELLEN_URL`` and ``SNELLEN_TOKEN``, else the one of this machine's data directory."""
        found = find_server(data_dir)
        return cls(found.url, found.token)

    def answers(self) -> bool:
        """Whether the server is there."""
        import httpx

        try:
            return self._http.get("/health", timeout=5).status_code == 200
        except httpx.HTTPError:
            return False

    def get(self, path: str, **params: Any) -> Any:
        """GET; query parameters that are None are left out."""
        return self._call("GET", path, params={k: v for k, v in params.items() if v is not None})

    def post(self, path: str, body: Any = None) -> Any:
        """POST a JSON body."""
        return self._call("POST", path, json=body)

    def put(self, path: str, body: Any) -> Any:
        """PUT a JSON body."""
        return self._call("PUT", path, json=body)

    def patch(self, path: str, body: Any) -> Any:
        """PATCH with a JSON body."""
        return self._call("PATCH", path, json=body)

    def delete(self, path: str, **params: Any) -> None:
        """DELETE."""
        self._call("DELETE", path, params={k: v for k, v in params.items() if v is not None})

    def download(self, path: str, target: Path, told: Callable[[int], None], **params: Any) -> None:
        """GET into a file, which is there whole or not at all; `told` hears how many bytes have come."""
        import httpx

        part = target.with_name(f".{target.name}.part")
        query = {k: v for k, v in params.items() if v is not None}
        try:
            with self._http.stream("GET", path, params=query) as answer, part.open("wb") as file:
                if not answer.is_success:
                    answer.read()
                    raise refusal_of(answer)
                for chunk in answer.iter_bytes(CHUNK):
                    file.write(chunk)
                    told(file.tell())
            part.replace(target)
        except httpx.HTTPError as error:
            raise NoServer(f"{self.url}: the download broke off ({error}); run the command again") from error
        finally:
            part.unlink(missing_ok=True)

    def request(self, method: str, path: str, **kwargs: Any) -> httpx.Response:
        """Any request; what httpx raises is let through, a refusal is :class:`ServerSaidNo`."""
        answer = self._http.request(method, path, **kwargs)
        if not answer.is_success:
            raise refusal_of(answer)
        return answer

    def pages(self, path: str, **params: Any) -> list[Any]:
        """All items of a list."""
        items, cursor = [], None
        while True:
            page = self.get(path, cursor=cursor, **params)
            items += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return items

    def _call(self, method: str, path: str, **kwargs: Any) -> Any:
        import httpx

        try:
            answer = self._http.request(method, path, **kwargs)
        except httpx.HTTPError as error:
            raise NoServer(f"{self.url} does not answer ({error}); is `snellen serve` running?") from error
        if not answer.is_success:
            raise refusal_of(answer)
        return answer.json() if answer.content else None


def refusal_of(answer: httpx.Response) -> ServerSaidNo:
    """What a server said that refused."""
    try:
        said = answer.json()
        found = ServerSaidNo(
            f"{said['detail']} ({answer.status_code} {said['error']})", problems=said.get("problems", ())
        )
    except (ValueError, KeyError, TypeError):
        asked = answer.request
        found = ServerSaidNo(f"{asked.method} {asked.url.path}: {answer.status_code} {answer.text[:500]}")
    found.status_code = answer.status_code
    return found
