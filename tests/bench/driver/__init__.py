"""The driver of the bench: runs the servers and the load, and reports what was measured. `run.sh` starts it."""
