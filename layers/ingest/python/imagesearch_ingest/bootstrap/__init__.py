"""Build the worker. This is the only place that knows which adapter implements which port.

    aws.py                the worker of a Lambda function
    alibaba.py            the worker of a Function Compute function
    *_settings.py         the faults of the settings that only one cloud has
    common.py             the batch and the reconciler, the same on both clouds
    start_line.py         what the worker takes, in words, for the log

Each module imports only the SDKs of its own cloud, because a cloud's layer does not hold the other's.
"""
