"""Parse the output of `iptables -S` and `iptables-save` and print it again."""
