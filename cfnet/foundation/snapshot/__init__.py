"""A foundation's state in a directory."""
