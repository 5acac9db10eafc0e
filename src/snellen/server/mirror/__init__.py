"""The one-way mirror to MLflow: a process of its own, started when there is something to mirror."""
