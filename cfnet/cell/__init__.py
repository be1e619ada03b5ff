"""What one Diego cell enforces: containers, tags, and the rules of its policy chain."""
