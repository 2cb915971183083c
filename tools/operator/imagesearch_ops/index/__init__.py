"""Read the instance: its size and state, single entries, and all of its entries."""
