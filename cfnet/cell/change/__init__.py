"""Compute how changes to policies or apps affect tags and rules."""
