"""Real servers on loopback for the tests to watch: each ends with the block that started it."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import requests
import yaml

from tests.cluster.places import free_ports
from tests.cluster.serving import serving

CONFIG = "config.yaml"
Series = list[dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Prometheus:
    """A running Prometheus."""

    url: str
    config: Path
    process: subprocess.Popen[bytes]

    def ask(self, expr: str, *, at: float | None = None) -> Series:
        """Return the series that an expression has at an instant, now by default."""
        when = {} if at is None else {"time": at}
        found: Series = self._query("query", query=expr, **when)["result"]
        return found

    def ask_since(self, expr: str, began: float) -> Series:
        """Return the series that an expression had at any second since ``began``."""
        return self.ask_between(expr, began, time.time(), step=1)

    def ask_between(self, expr: str, began: float, ended: float, *, step: int) -> Series:
        """Return the series that an expression had every ``step`` seconds of a time."""
        span = {"start": began, "end": ended, "step": step}
        found: Series = self._query("query_range", query=expr, **span)["result"]
        return found

    def list_fired(self, began: float) -> set[str]:
        """Return the names of the alerts that have fired since ``began``."""
        fired = self.ask_since('ALERTS{alertstate="firing"}', began)
        return {each["metric"]["alertname"] for each in fired}

    def change(self, config: dict[str, Any]) -> None:
        """Let it read another configuration."""
        self.config.write_text(yaml.safe_dump(config))
        requests.post(f"{self.url}/-/reload", timeout=10).raise_for_status()

    def _query(self, path: str, **sent: Any) -> Any:
        answer = requests.post(f"{self.url}/api/v1/{path}", data=sent, timeout=10).json()
        assert answer["status"] == "success", f"{sent}: {answer}"
        return answer["data"]


@contextmanager
def serving_prometheus(
    program: Path, config: dict[str, Any], *, folder: Path, options: Sequence[str] = ()
) -> Iterator[Prometheus]:
    """Yield a Prometheus that keeps what it sees in ``data`` of ``folder``."""
    options = (f"--storage.tsdb.path={folder / 'data'}", "--web.enable-lifecycle", *options)
    with _serving_configured(program, config, folder=folder, options=options) as (address, process):
        path = folder / CONFIG
        yield Prometheus(url=f"http://{address}", config=path, process=process)


@contextmanager
def serving_alertmanager(program: Path, config: dict[str, Any], *, folder: Path) -> Iterator[str]:
    """Yield the address of an Alertmanager, alone in its cluster."""
    options = (f"--storage.path={folder / 'data'}", "--cluster.listen-address=")
    with _serving_configured(program, config, folder=folder, options=options) as (address, _):
        yield address


@contextmanager
def _serving_configured(
    program: Path, config: dict[str, Any], *, folder: Path, options: Sequence[str]
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Yield address and process of a server of Prometheus' family that has a folder of its own."""
    folder.mkdir(exist_ok=True)
    (folder / CONFIG).write_text(yaml.safe_dump(config))
    [port] = free_ports(1)
    address = f"127.0.0.1:{port}"
    own = (f"--config.file={folder / CONFIG}", f"--web.listen-address={address}")
    command: list[str | Path] = [program, *own, *options]
    with serving(command, port=port, ready="/-/ready", log=folder / "log") as process:
        yield address, process


@dataclass(frozen=True, kw_only=True)
class Chat:
    """A webhook that keeps what it is told, by path."""

    url: str
    told: list[tuple[str, dict[str, Any]]]

    def list_alerts(self, path: str) -> set[str]:
        """Return the alerts that have been told as firing at a path."""
        return {
            alert["labels"]["alertname"]
            for where, message in list(self.told)
            for alert in message["alerts"]
            if where == path and alert["status"] == "firing"
        }


@contextmanager
def listening() -> Iterator[Chat]:
    """Yield a webhook for Alertmanagers."""
    told: list[tuple[str, dict[str, Any]]] = []

    class Listen(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told.append((self.path, json.loads(body)))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Listen) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield Chat(url=f"http://127.0.0.1:{server.server_port}", told=told)
        finally:
            server.shutdown()
            thread.join()
