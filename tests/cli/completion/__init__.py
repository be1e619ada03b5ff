"""The completion scripts in the real shells."""
