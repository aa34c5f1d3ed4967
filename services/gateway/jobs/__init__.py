"""The job table over HTTP: what waits, runs and failed; retry and cancel."""
