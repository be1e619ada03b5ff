"""Rules and log lines as sentences."""
