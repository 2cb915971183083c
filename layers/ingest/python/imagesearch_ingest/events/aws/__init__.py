"""Events as Lambda passes them in: messages of SQS, or one event without a queue."""
