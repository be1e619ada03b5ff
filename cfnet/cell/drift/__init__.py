"""Compare a cell's actual rules with the expected ones."""
