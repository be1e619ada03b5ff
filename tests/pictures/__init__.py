"""The pictures of the documentation, and a test that they match the output of cfnet."""
