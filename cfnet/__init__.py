"""cfnet: Cloud Foundry's container-to-container network policies, and the iptables rules they become."""

__version__ = "0.2.0"
