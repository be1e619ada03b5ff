"""How a cell's actual rules differ from the expected ones."""
