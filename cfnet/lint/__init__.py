"""Finds allowed traffic that deserves attention: in policies, security groups and expectations. Pure."""
