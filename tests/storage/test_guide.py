"""docs/guides/storage.md names only options that the store's own library takes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from snellen.errors import StartRefused
from snellen.storage import open_store

GUIDE = Path(__file__).parents[2] / "docs/guides/storage.md"
PLACES = {"aws": "s3://bucket", "google": "gs://bucket", "azure": "az://container"}
#: A value that each is taken with; the key is made for nobody.
VALUES = {
    "aws_endpoint": "https://s3.example.org",
    "aws_virtual_hosted_style_request": "false",
    "azure_storage_account_key": "a2V5",
}


@pytest.mark.parametrize("cloud", PLACES)
def test_the_options_in_the_guide_are_taken(cloud: str, tmp_path: Path) -> None:
    named = set(re.findall(rf"\b({cloud}_[a-z_]+)\b", GUIDE.read_text(encoding="utf-8")))
    assert len(named) >= {"aws": 5, "google": 1, "azure": 2}[cloud]
    options = {name: VALUES.get(name, "x") for name in named}
    if cloud == "google":
        options["google_service_account"] = str(_account(tmp_path))
    store = open_store(PLACES[cloud], options)
    if cloud != "google":  # no key to sign with was made
        assert (store.presign("GET", "a/b", 60) or "").startswith("https://")


@pytest.mark.parametrize("place", PLACES.values())
def test_an_option_that_no_library_knows_is_refused(place: str) -> None:
    with pytest.raises(StartRefused, match="option"):
        open_store(place, {"acces_key": "x"})


def _account(folder: Path) -> Path:
    """The shape of a service account's key file."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = made.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    file = folder / "key.json"
    account = {"private_key": pem, "private_key_id": "1", "client_email": "a@example.org", "disable_oauth": False}
    file.write_text(json.dumps({"type": "service_account", **account, "gcs_base_url": "https://example.org"}))
    return file
