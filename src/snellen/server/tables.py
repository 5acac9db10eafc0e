"""Every table, so that the metadata is whole: for migrations and for tests."""

from snellen.server.artifacts import tables as artifacts
from snellen.server.auth import audit_tables as audit
from snellen.server.auth import login_tables as logins
from snellen.server.auth import people_tables as people
from snellen.server.auth import tables as auth
from snellen.server.cluster import tables as cluster
from snellen.server.datasets import tables as datasets
from snellen.server.db import Base
from snellen.server.jobs import sweep_tables as sweeps
from snellen.server.jobs import tables as jobs
from snellen.server.metrics import tables as metrics
from snellen.server.projects import tables as projects
from snellen.server.sso import tables as sso
from snellen.server.validation import tables as validation

metadata = Base.metadata

__all__ = [
    "artifacts",
    "audit",
    "auth",
    "cluster",
    "datasets",
    "jobs",
    "logins",
    "metadata",
    "metrics",
    "people",
    "projects",
    "sso",
    "sweeps",
    "validation",
]
