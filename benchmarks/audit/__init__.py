"""How long ``audit`` takes to compare files of keys and entries, and how much memory it needs."""
