"""``python -m snellen.server.openapi`` prints the OpenAPI document, from which the web client's types are made."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path


def document() -> str:
    """The document as JSON text with a stable order."""
    from snellen.server.app import create_app
    from snellen.server.settings import load

    with tempfile.TemporaryDirectory() as folder:
        app = create_app(load(data_dir=Path(folder), mlflow_uri="off"))
        text = json.dumps(app.openapi(), indent=1, sort_keys=True, ensure_ascii=False)
        app.state.snellen.database.close()
        app.state.lock.close()
    return text + "\n"


if __name__ == "__main__":
    sys.stdout.write(document())
