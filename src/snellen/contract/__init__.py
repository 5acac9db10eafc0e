"""What crosses a process boundary: the spec, the events, the states, the job folder. Standard library only."""
