"""Plan the chains and rules that a cell should have."""
