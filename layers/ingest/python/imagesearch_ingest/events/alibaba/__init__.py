"""What Function Compute hands over: messages of SMQ through EventBridge, or one event without a queue."""
