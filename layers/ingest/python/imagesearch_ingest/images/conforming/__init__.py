"""Pictures that break no rule: proven to decode, and passed on without their metadata, otherwise bit for bit."""
