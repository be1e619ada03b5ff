"""The completion scripts, each in its real shell."""
