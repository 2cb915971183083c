"""Run a function's handler in worker processes, as Lambda and Function Compute do.

function          starts the worker processes and invokes the handler in them
handlers          the folder and the runtime of each cloud's function
runtime_api       the Lambda Runtime API that each worker process polls
worker            the loop inside a worker process
lambda_runtime    the program of a Lambda worker process
fc_runtime        the program of a Function Compute worker process
"""
