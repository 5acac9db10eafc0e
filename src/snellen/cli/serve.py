"""Runs the server: binds first, so that the address is known; then says how to log in."""

from __future__ import annotations

import json
import os
import socket
from typing import TYPE_CHECKING

from snellen import logs
from snellen.cli.output import tell
from snellen.contract.folder import write_whole
from snellen.errors import StartRefused
from snellen.sdk.server import SERVER_FILE

if TYPE_CHECKING:
    from snellen.server.settings import Settings


#: As uvicorn has it.
BACKLOG = 2048


def run(settings: Settings) -> None:
    """Serve until told to end (SIGINT or SIGTERM). Jobs go on without the server."""
    import uvicorn

    from snellen.server.app import create_app
    from snellen.server.auth.logins import operator_link

    logs.set_up(format=settings.log_format, level=settings.log_level, secrets=settings.secrets)
    listener = _bind(settings.host, settings.port)
    port = listener.getsockname()[1]
    settings = settings.model_copy(update={"port": port})
    reached = "127.0.0.1" if settings.host in {"0.0.0.0", "::", "localhost"} else settings.host  # noqa: S104
    url = f"http://{f'[{reached}]' if ':' in reached else reached}:{port}"
    app = create_app(settings, url=url)
    write_whole(settings.data_dir / SERVER_FILE, json.dumps({"url": url, "pid": os.getpid()}))
    public = settings.public_url or url
    listener.listen(BACKLOG)  # whoever follows the link at once waits a moment, and is not turned away
    tell(f"Snellen is at {public}\nLog in:    {operator_link(app.state.snellen)}\nData:      {settings.data_dir}")
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,  # it would write the token of the login link
        timeout_graceful_shutdown=3,
        server_header=False,
        proxy_headers=False,  # the application has its own setting for whom to believe
    )
    uvicorn.Server(config).run(sockets=[listener])


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except (OSError, OverflowError) as error:
        listener.close()
        raise StartRefused(
            f"can't listen on {host}:{port} ({error}); another server may run there: stop it or choose another --port"
        ) from error
    listener.set_inheritable(False)
    return listener
