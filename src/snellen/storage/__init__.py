"""Dual storage: an external store for datasets, an internal store for what training makes."""

from snellen.storage.dual import DualStorage, Stored
from snellen.storage.opening import open_store
from snellen.storage.store import Store

__all__ = ["DualStorage", "Store", "Stored", "open_store"]
