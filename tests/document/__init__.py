"""The policy document: its format, its faults, its meaning."""
