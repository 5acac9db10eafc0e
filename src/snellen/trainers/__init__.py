"""Adapters, one a framework. ultralytics is AGPL-3.0: an optional extra, run in the trainer's process only."""
