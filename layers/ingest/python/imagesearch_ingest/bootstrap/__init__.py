"""Put the worker together: the only place that knows which adapter stands behind which port.

    aws.py                the worker of a Lambda function
    alibaba.py            the worker of a Function Compute function
    alibaba_settings.py   the faults of its settings that only Alibaba Cloud has
    common.py             the batch and the reconciler, the same on both clouds

Each module imports the SDKs of its own cloud alone: neither layer holds the other's.
"""
