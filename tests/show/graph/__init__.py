"""Graphs of who may call whom."""
