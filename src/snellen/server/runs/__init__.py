"""Runs of the connected MLflow, read for the dashboard; the mirror writes, this never does."""
