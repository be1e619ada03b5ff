"""The policy document: what it may say, what is wrong with it, what it means."""
