"""Comparing what is wanted with what is there, and changing it."""
