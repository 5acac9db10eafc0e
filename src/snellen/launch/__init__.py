"""Where a job runs: launchers start supervisors; the supervisor is the only code that knows both sides."""
