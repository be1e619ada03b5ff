"""Sessions: foundations, users and tokens; the only package that imports keyring."""
