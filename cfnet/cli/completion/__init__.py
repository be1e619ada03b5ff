"""Completion: what can be typed after `cfnet`, and the scripts that tell it to each shell."""
