"""Calls that logs report: found in large files, counted by pair of apps, and compared with the policies."""
