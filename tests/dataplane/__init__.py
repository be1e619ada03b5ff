"""Tests of the data plane that need no kernel of their own."""
