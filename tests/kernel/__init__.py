"""What a real kernel makes of the rules."""
