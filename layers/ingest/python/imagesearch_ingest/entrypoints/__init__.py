"""What each platform calls: a Lambda handler's worker, and a Function Compute worker with its HTTP server."""
