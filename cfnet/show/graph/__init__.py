"""Shows which apps may call which: the graph of policies, and a module for each output format."""
