"""The README's pictures, and a test that they match the output of cfnet."""
