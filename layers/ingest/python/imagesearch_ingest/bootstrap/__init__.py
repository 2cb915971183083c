"""Puts the worker together: the one place that knows which adapter stands behind which port.

    aws.py                the worker of a Lambda function
    alibaba.py            the worker of a function on Function Compute
    alibaba_settings.py   what only that one finds wrong with its settings
    common.py             what is the same on both, which is all but the adapters

Each imports its own cloud's SDKs alone: neither layer holds the other's.
"""
