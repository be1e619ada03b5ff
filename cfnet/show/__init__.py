"""How results look: values in, text out."""
