"""Parsing of command lines: the flags of `cf`, shared options, help and manual pages."""
