"""Compare wanted with actual policies, and apply the difference."""
