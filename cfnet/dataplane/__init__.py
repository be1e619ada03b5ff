"""Cells on this machine: network namespaces, VXLAN, and an agent that enforces policies in the kernel."""
