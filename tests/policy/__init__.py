"""What a network policy is."""
