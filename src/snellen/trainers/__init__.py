"""Adapters, one a framework. ultralytics is AGPL-3.0: it is an optional extra and runs in the trainer's process only."""
