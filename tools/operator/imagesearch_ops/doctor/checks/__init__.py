"""The checks, in the order in which they run. Each is a small function that looks at one thing."""
