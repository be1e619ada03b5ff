"""What one Diego cell enforces."""
