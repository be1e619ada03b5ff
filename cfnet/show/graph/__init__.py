"""Who may call whom, as a picture: one graph, and a module for each form that it is shown in."""
