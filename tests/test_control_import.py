"""The Kubernetes client is imported late, and by several threads at once."""

import subprocess
import sys

from tests.conftest import ROOT, make_environment

PROGRAM = """
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from booth import control
from booth.config.options import ControlOptions

together = Barrier(9)

def ask(_):
    together.wait()
    return control.read(ControlOptions(cronjobs=("booth-sync",))).failures[0].reason

with ThreadPoolExecutor(9) as pool:
    print(set(pool.map(ask, range(9))))
"""

SLOW = """
import sys, time

class Slow:
    def find_spec(self, name, path=None, target=None):
        time.sleep(2 if name == "kubernetes" else 0)

sys.meta_path.insert(0, Slow())
from booth import control
from booth.config.options import ControlOptions

options = ControlOptions(cronjobs=("booth-sync",), timeout=1.5)
print(control.read(options).failures[0].reason)
"""


def run(program: str) -> "subprocess.CompletedProcess[str]":
    """Run a program whose kubeconfig is not there."""
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=make_environment(KUBECONFIG="/nowhere/config", KUBERNETES_SERVICE_HOST=""),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_threads_that_make_the_first_call_together_all_get_the_client() -> None:
    """The client alone is broken for good in most of such processes."""
    for _ in range(3):
        ended = run(PROGRAM)
        assert ended.stdout.strip() == "{'no_credentials'}", ended.stderr


def test_a_slow_import_takes_nothing_of_the_calls_time() -> None:
    ended = run(SLOW)
    assert ended.stdout.strip() == "no_credentials", ended.stderr
