"""Scripts with which a person uses a node from outside its network."""

from pathlib import Path

from tests.cluster.binaries import find

from .node import Node


def write_scripts(node: Node, folder: Path) -> None:
    """Write ``enter``, which runs a command inside, and ``kubectl``, as the administrator."""
    enter = " ".join(map(str, node.sandbox.reach))
    environment = f"KUBECONFIG={node.admin_kubeconfig}"
    for name, program in (("enter", ""), ("kubectl", str(find().kubectl))):
        script = folder / name
        script.write_text(f'#!/bin/sh\nexec {enter} env {environment} {program} "$@"\n')
        script.chmod(0o755)
