"""Run moto in server mode on loopback: S3, SQS, Secrets Manager, and what describes a function.

CloudFormation is ``stacks``, since moto's needs many packages more.
"""

import logging
import os
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import boto3
import requests
from botocore.config import Config
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

from local_cloud import s3, sqs
from local_cloud.stacks import Application, Stacks
from local_cloud.web_identity import WebIdentity

REGION = "us-east-1"
ACCESS_KEY_ID = "local-access-key"
POLLER_ACCESS_KEY_ID = "local-poller"  # of the event source mapping, which acts in the function's role
SECRET_ACCESS_KEY = "local-secret"  # noqa: S105 - moto accepts any


class AwsServer:
    """All services of moto on one port. Raise ``OSError`` if the port is taken.

    moto keeps its state in the process: two servers share it, and closing one of them empties it.
    """

    def __init__(self, port: int = 0) -> None:
        _ignore_user_settings()
        s3.install()
        sqs.install()
        # Opened here, since werkzeug prints a message and exits if the port is taken.
        self._socket = socket.create_server(("127.0.0.1", port))
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self.web_identity = WebIdentity(DomainDispatcherApplication(create_backend_app))
        self.stacks = Stacks(self.web_identity)
        self._server = make_server(
            "127.0.0.1",
            self._socket.getsockname()[1],
            self.stacks,
            threaded=True,
            fd=self._socket.fileno(),
        )
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._session = requests.Session()
        self._session.trust_env = False  # ignore a proxy from the environment
        self._thread = threading.Thread(target=self._server.serve_forever, name="aws", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        if self._thread.is_alive():
            with suppress(requests.RequestException):
                self._session.post(f"{self.url}/moto-api/reset", timeout=10)
            self._server.shutdown()
            self._thread.join()
        self._session.close()
        self._server.server_close()
        self._socket.close()

    def put_in_front(self, wrap: Callable[[Application], Application]) -> None:
        """Let another application see each request first, and pass it on or not."""
        self._server.app = wrap(self.stacks)

    def client(self, service: str, access_key_id: str = ACCESS_KEY_ID) -> Any:  # noqa: ANN401 - boto3's clients are made at run time
        """Return a boto3 client that acts as an operator or another system."""
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id=access_key_id,
            aws_secret_access_key=SECRET_ACCESS_KEY,
            config=Config(retries={"total_max_attempts": 1}, max_pool_connections=20, proxies={}),
        )

    def environ(self) -> dict[str, str]:
        """Return the environment variables that point any AWS SDK at this server."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
            "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
        }


def _ignore_user_settings() -> None:
    """Hide the user's profiles and files from moto, which fails if a named profile does not exist."""
    for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE"):
        os.environ.pop(name, None)
    os.environ |= {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
