"""What commands do, without click: each function can be called from a test or another program.

Belongs here: code that joins the packages below: connect to a foundation, read an inventory of it, resolve names, load
documents and compare them with what is live, preview rules, send a plan, read the rules that cells hold.

Belongs elsewhere: options and their parsing (`cli`), text and JSON of results (`show`), how an API is called
(`foundation`), and every computation that needs no input or output (`change`, `cell`, `document`).
"""
