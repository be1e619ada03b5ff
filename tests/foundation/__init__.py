"""The client of a foundation."""
