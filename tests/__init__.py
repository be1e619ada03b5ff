"""The specification of cfnet, as tests."""
