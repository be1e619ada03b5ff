"""Snapshots: the state of a foundation in a directory."""
