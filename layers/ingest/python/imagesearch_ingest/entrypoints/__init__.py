"""Receive the calls of each platform: a worker for Lambda, and a worker with an HTTP server for Function Compute."""
