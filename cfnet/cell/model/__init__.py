"""What is known of a foundation's cells: containers, tags, security groups, the agents' settings."""
