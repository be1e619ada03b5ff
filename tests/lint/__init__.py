"""Find allowed traffic that deserves attention."""
