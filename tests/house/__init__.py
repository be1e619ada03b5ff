"""The building itself."""
