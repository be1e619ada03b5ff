"""Formats results as text. Nothing here sends a request or prompts the user.

Belongs here: one module for each kind of result, as text for people and as JSON, Markdown, HTML or SVG; tables, styles,
plurals, and the escaping of names for the place where they appear.

Belongs elsewhere: where the text goes and whether it is coloured (`cli`), and what is computed for it: a function that
plans, compares or decides is part of `operations`, `change` or `cell`.
"""
