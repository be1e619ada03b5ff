"""The chains and rules that a cell should have."""
