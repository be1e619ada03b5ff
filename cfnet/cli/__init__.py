"""The command line: a command parses its arguments, calls one operation and shows the result.

Belongs here: everything that uses click or follows the grammar of `cf`; help and manual pages; questions on a terminal;
completion; the table of commands; the error boundary, where errors become text and an exit code.

Belongs elsewhere: what a command does (`operations`), how a result looks (`show`), requests and sessions
(`foundation`). No command imports another, and nothing below imports this package.
"""
