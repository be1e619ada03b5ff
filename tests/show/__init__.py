"""The presentation of results."""
