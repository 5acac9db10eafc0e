"""The S3 servers of these tests, and a supervisor's door to a server."""

from __future__ import annotations

from tests.launch.conftest import client_of
from tests.s3_server import other_s3, s3

__all__ = ["client_of", "other_s3", "s3"]
