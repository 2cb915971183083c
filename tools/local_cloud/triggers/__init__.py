"""Turn bucket events into queue messages and queue messages into invocations, as the platforms do.

oss_notifications    puts OSS events into an SMQ queue by a notification rule
event_source         invokes the function with batches from SQS, as Lambda does
event_stream         invokes the function with batches from SMQ, as EventBridge does
pollers              the threads of both
"""
