"""Look at a deployment once an hour: whether its bucket still announces, how full its instance is, and when it ends."""
