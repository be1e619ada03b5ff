"""Evaluate which packets the rules of a cell accept or reject."""
