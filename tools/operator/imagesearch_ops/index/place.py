"""Find the deployment that a command was given."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from imagesearch_ops import output
from imagesearch_ops.deployment import Deployment, find_deployment


class Place(NamedTuple):
    """The options that name a deployment. Without any, it is that of the shell."""

    stack: str | None = None
    function: str | None = None
    env_file: Path | None = None

    def find(self, environ: Mapping[str, str]) -> Deployment:
        """Return the deployment, and name it on standard error. Raise what ``find_deployment`` raises."""
        deployment = find_deployment(environ, stack=self.stack, function=self.function, env_file=self.env_file)
        output.message(deployment.describe())
        return deployment


SHELL = Place()
