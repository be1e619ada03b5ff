"""Prompts and processes in the background."""
