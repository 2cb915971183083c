"""What Lambda hands over: messages of SQS, or one event without a queue."""
