"""Jobs on a Ray cluster: each supervisor is a Ray Job, submitted over the HTTP interface of Ray's dashboard.

The server needs no ``ray`` for it; the cluster's nodes need ``snellen[ray]``.
"""

from snellen.launch.ray.launcher import RayLauncher

__all__ = ["RayLauncher"]
