"""Who is logged in where, and with which tokens: the only importer of keyring."""
