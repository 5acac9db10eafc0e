"""The S3 servers of these tests."""

from __future__ import annotations

from tests.s3_server import other_s3, s3

__all__ = ["other_s3", "s3"]
