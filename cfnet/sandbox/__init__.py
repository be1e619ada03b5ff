"""A foundation of our own: Cloud Controller, UAA and policy server over SQLite."""
