"""What commands do, without click: connect, take inventory, resolve names, compare, preview, send."""
