"""One module of tests for each command."""
