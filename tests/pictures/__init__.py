"""The README's pictures, and a test that they are still what cfnet shows."""
