"""Which packets the rules of a cell accept or reject."""
