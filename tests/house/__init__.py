"""The structure of the project: layers, packages, CI."""
