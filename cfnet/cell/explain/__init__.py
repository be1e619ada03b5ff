"""Describe rules and log lines in sentences."""
