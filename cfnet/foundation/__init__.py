"""A Cloud Foundry at the other end of a wire, or its answers kept in a folder."""
