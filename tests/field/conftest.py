"""The checks run in the Python of the tools they check, not in ours."""

collect_ignore_glob = ["checks/*", "run_rows.py"]
