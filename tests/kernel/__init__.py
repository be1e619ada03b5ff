"""The rules in a real kernel."""
