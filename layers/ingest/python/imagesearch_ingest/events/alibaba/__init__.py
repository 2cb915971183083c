"""Events as Function Compute passes them in: messages of SMQ sent by EventBridge, or one event without a queue."""
