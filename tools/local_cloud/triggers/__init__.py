"""Turn bucket events into queue messages and queue messages into invocations, as the platforms do.

eventbridge_rule     puts OSS events into an SMQ queue by a rule of EventBridge, whose pattern and bodies are read by
event_pattern        which events a rule matches
event_body           what a target gets of an event
oss_notifications    puts OSS events into an SMQ queue by a notification rule
event_source         invokes the function with batches from SQS, as Lambda does
event_stream         invokes the function with batches from SMQ, as a stream of EventBridge does
pollers              the threads of both
"""
