"""The command line: what a person types, and the result."""
