"""What a change of policies or apps does to tags and rules."""
