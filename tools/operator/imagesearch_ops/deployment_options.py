"""Find the deployment that a command was given, and write the options again for a command to copy."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from imagesearch_ops.deployment import Deployment, find_deployment
from imagesearch_ops.shell import quote


class DeploymentOptions(NamedTuple):
    """The options that name a deployment. Without any, it is that of the shell."""

    stack: str | None = None
    function: str | None = None
    env_file: Path | None = None

    @property
    def is_given(self) -> bool:
        return any(self)

    def find(self, environ: Mapping[str, str]) -> Deployment:
        """Return the deployment. Raise what ``find_deployment`` raises."""
        return find_deployment(environ, stack=self.stack, function=self.function, env_file=self.env_file)

    def words(self) -> list[str]:
        """Return the options again, as words of a shell."""
        given = {"--stack": self.stack, "--function": self.function, "--env-file": self.env_file}
        return [word for option, value in given.items() if value for word in (option, quote(str(value)))]


SHELL = DeploymentOptions()
