"""Rules as `iptables-save` prints them, read into values."""
