"""What a browser shows when a single sign-on did not work: a page of ours, without a script."""

from __future__ import annotations

from html import escape

from fastapi.responses import HTMLResponse, Response

from snellen.errors import SnellenError

PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Not logged in – Snellen</title><link rel="icon" href="/favicon.svg">
<style>
:root {{ color-scheme: light dark; font-family: system-ui, sans-serif; line-height: 1.5 }}
main {{ max-width: 34rem; margin: 15vh auto 0; padding: 0 1rem; overflow-wrap: anywhere }}
h1 {{ font-size: 1.4rem }}
</style></head>
<body><main>
<h1>You are not logged in</h1>
<p role="alert">{detail}</p>
<p><a href="/">Back to the login</a></p>
</main></body>
</html>
"""


def refusal_page(error: SnellenError) -> Response:
    """Why not, and the way back."""
    detail = error.detail[:1].upper() + error.detail[1:]
    answer = HTMLResponse(PAGE.format(detail=escape(detail)), error.status, {"cache-control": "no-store"})
    if error.retry_after is not None:
        answer.headers["retry-after"] = str(error.retry_after)
    return answer
