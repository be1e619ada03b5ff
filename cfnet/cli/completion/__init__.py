"""Shell completion: the grammar of cfnet's command line, and a script for each shell."""
