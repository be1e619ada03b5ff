"""How command lines are read: `cf`'s flags, options that commands share, help and manual pages."""
