"""Clients of the APIs of the Cloud Controller and the policy server."""
