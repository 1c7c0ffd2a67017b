"""Services whose server is no pod: it listens on the node's address, started by a test."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Port:
    """A port of a Service and of the server behind it."""

    service: int
    server: int
    protocol: str = "TCP"


def server_service(
    name: str,
    *,
    ports: Sequence[Port],
    address: str,
    namespace: str = "default",
    cluster_ip: str | None = None,
) -> str:
    """Return a Service without a selector and its EndpointSlice, as JSON for ``kubectl apply``.

    Pods reach the server at ``address`` as ``NAME.NAMESPACE``.
    """
    where = {"namespace": namespace}
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, **where},
        "spec": {
            "ports": [_port(port, number=port.service) for port in ports],
            **({"clusterIP": cluster_ip} if cluster_ip else {}),
        },
    }
    endpoints = {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "name": f"{name}-server",
            "labels": {"kubernetes.io/service-name": name},
            **where,
        },
        "addressType": "IPv4",
        "endpoints": [{"addresses": [address], "conditions": {"ready": True}}],
        "ports": [_port(port, number=port.server) for port in ports],
    }
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": [endpoints, service]})


def _port(port: Port, *, number: int) -> dict[str, Any]:
    name = f"{port.protocol.lower()}-{port.service}"  # what ties the two to each other
    return {"name": name, "port": number, "protocol": port.protocol}
