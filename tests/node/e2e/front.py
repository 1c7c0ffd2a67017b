"""What stands before the web part on the node: a proxy in a pod, and people outside."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from tests.node.node import Node
from tests.node.pods import start_pod, wait_for_state

OUTSIDE = "203.0.113.9"
HOST = "booths.example"
PROXY = Path(__file__).with_name("proxy.py")


def serve_front(node: Node, *, image: str, service: str, namespace: str) -> str:
    """Start the proxy before ``service`` and return its address; people outside have one, too."""
    node.run("ip", "address", "replace", f"{OUTSIDE}/32", "dev", "lo")
    program = PROXY.read_text().replace("SERVICE", service)
    start_pod(node, "front", namespace=namespace, program=program, image=image)
    wait_for_state(node, "front", namespace=namespace, path=".status.phase", value="Running")
    where = ("get", "pod", "front", "--namespace", namespace, "-o", "jsonpath={.status.podIP}")
    return f"http://{node.kubectl(*where)}:8080"


@dataclass
class Person:
    """Somebody outside the cluster, who comes by TLS that ends at the proxy, with their cookies."""

    node: Node
    front: str
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, **options: Any) -> requests.Response:
        """Ask through the proxy and keep the cookies, which a client that sees no TLS would not."""
        return self.node.inside(partial(self._ask, method, path, **options))

    def post(self, path: str, **fields: str) -> requests.Response:
        """Send a form of a page that was seen before."""
        token = self.cookies.get("csrftoken", "")
        return self.ask("POST", path, data=fields | {"csrfmiddlewaretoken": token})

    def log_in(self, name: str, password: str) -> None:
        """Log in by the console's form."""
        assert self.ask("GET", "/console/login/").status_code == 200
        answer = self.post("/console/login/", username=name, password=password)
        assert (answer.status_code, "sessionid" in self.cookies) == (302, True), answer.text

    def _ask(
        self, method: str, path: str, *, headers: dict[str, str] | None = None, **options: Any
    ) -> requests.Response:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent = {"Host": HOST, "Origin": f"https://{HOST}"} | (headers or {})
        with requests.Session() as session:
            session.trust_env = False
            session.mount("http://", _From(OUTSIDE))
            answer = session.request(
                method,
                self.front + path,
                headers=sent | ({"Cookie": cookies} if cookies else {}),
                timeout=30,
                allow_redirects=False,
                **options,
            )
            for line in answer.raw.headers.getlist("Set-Cookie"):
                name, value = re.findall(r"^(\w+)=([^;]*)", line)[0]
                self.cookies[name] = value
        return answer


class _From(HTTPAdapter):
    """Comes from an address of its own."""

    def __init__(self, address: str) -> None:
        self._address = address
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, source_address=(self._address, 0), **kwargs)


def read_samples(text: str) -> dict[str, float]:
    """Return the samples of an exposition by what stands before their value."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines}


def ask_prometheus(node: Node, *, port: int, query: str) -> list[Any]:
    """Return what a Prometheus on the node's own loopback answers to a query."""
    url = f"http://127.0.0.1:{port}/api/v1/query"

    def ask() -> list[Any]:
        answer = requests.get(url, params={"query": query}, timeout=5)
        return list(answer.json()["data"]["result"])

    try:
        return node.inside(ask)
    except requests.RequestException:
        return []
