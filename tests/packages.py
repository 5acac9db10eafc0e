"""Third-party trainers and launchers, put in place as pip would."""

from __future__ import annotations

from pathlib import Path


def put_metadata(site: Path, name: str, entries: dict[str, str], *, group: str = "snellen.trainers") -> None:
    """The metadata of a distribution with entry points of trainers, say; its modules are put into `site` beside."""
    metadata = site / f"{name}-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    listed = "".join(f"{key} = {value}\n" for key, value in entries.items())
    (metadata / "entry_points.txt").write_text(f"[{group}]\n{listed}")
