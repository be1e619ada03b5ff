"""The state of a foundation's cells: containers, tags, security groups and agent settings."""
