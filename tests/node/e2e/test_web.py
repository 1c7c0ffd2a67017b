"""The web part on a node: people come through a proxy, Prometheus scrapes, things break."""

from __future__ import annotations

import json
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from booth.texts import STOPPED
from booth.web.console.facts import UNKNOWN
from booth.web.pages import TITLES
from tests.cluster.waiting import wait_for
from tests.node.settings import POD_RANGE

from .conftest import SERVERS, TAG, Site, Values
from .front import HOST, OUTSIDE, Person, ask_prometheus, read_samples, serve_front
from .load import asking, flood, read_memory
from .release import Release, read_time
from .servers import serve_upstream
from .steps import Steps
from .test_journey import LEFTOVERS, NOT_OURS, left_by, names_of, wait_for_success

WEB = "booth-sync-web"
ADMIN = "booth-sync-admin"
NAME, PASSWORD = "minji", "별빛-축제-2026-야시장"
MINUTE = 60
READY_SECONDS = 5
MAX_MEMORY = 128 * 2**20
PROMETHEUS_PORT = 9099
OURS = f"{LEFTOVERS},deployments,services,poddisruptionbudgets"
MINE = NOT_OURS | {f"secret/{ADMIN}"}


@dataclass(frozen=True, kw_only=True)
class Evening:
    """A release with its web part, and who comes to it."""

    site: Site
    release: Release
    values: Values
    front: str
    token: str

    def person(self) -> Person:
        """Return somebody outside who has no cookies yet."""
        return Person(self.site.node, self.front)

    def operator(self) -> Person:
        """Return the administrator, who has logged in."""
        person = self.person()
        person.log_in(NAME, PASSWORD)
        return person

    def ask(self, path: str, *, method: str = "GET", **fields: str) -> Any:
        """Ask as a program outside that has a token, and return the status with the document."""
        answer = self.person().ask(
            method, path, headers={"Authorization": f"Token {self.token}"}, json=fields or None
        )
        return answer.status_code, answer.json()

    def pods(self) -> list[dict[str, Any]]:
        """Return the pods of the web part."""
        selector = "--selector=app.kubernetes.io/component=web"
        return list(self.release.read("pods", selector)["items"])

    def wait_until_rolled_out(self) -> None:
        """Return when all pods of the web part are new and ready."""
        self.release.kubectl("rollout", "status", f"deployment/{WEB}", "--timeout=120s")


@pytest.fixture(scope="module")
def evening(site: Site) -> Iterator[Evening]:
    """A release whose first administrator comes from a Secret."""
    release = site.make_release("evening", helm="helm4")
    with serve_upstream(site.node) as upstream:
        origin = site.serve(upstream, name="evening")
        values = site.make_values(release, url=upstream.url.replace(upstream.origin, origin))
        values |= {
            "web": {"enabled": True, "admin": {"existingSecret": ADMIN}},
            "suspend": None,
        }
        values["config"] |= {
            "ALLOWED_HOSTS": f"{HOST},{WEB}.{release.namespace}",
            "BOOTH_SYNC_ALLOWED_CIDRS": f"{OUTSIDE}/32",
            "BOOTH_SYNC_TRUSTED_PROXIES": POD_RANGE,
        }
        keys = {"username": NAME, "password": PASSWORD}
        literals = [f"--from-literal={key}={value}" for key, value in keys.items()]
        release.kubectl("create", "secret", "generic", ADMIN, *literals)
        release.install(values)
        release.kubectl("rollout", "status", f"deployment/{WEB}", "--timeout=120s")
        service = f"{WEB}.{release.namespace}"
        image = f"booth-sync:{TAG}"
        front = serve_front(site.node, image=image, service=service, namespace=SERVERS)
        wait_for(lambda: _answers(Person(site.node, front)), seconds=30)
        made = run_in_web(site, release, "booth_token", "create", NAME, "--name", "e2e")
        yield Evening(
            site=site, release=release, values=values, front=front, token=made.split()[-1]
        )


def test_an_evening_from_login_to_uninstall(evening: Evening, steps: Steps) -> None:
    steps.tell("")
    for stage in (
        tell_readiness,
        look_as_an_operator,
        stop_and_upgrade_under_load,
        start_by_the_console,
        scrape,
        go_on_without_a_pod,
        go_on_without_the_database,
        go_on_without_the_cluster,
        measure_memory,
        uninstall,
    ):
        stage(evening, steps)


def tell_readiness(evening: Evening, steps: Steps) -> None:
    """Each pod is ready within five seconds of the start of its container."""
    for pod in evening.pods():
        [status] = pod["status"]["containerStatuses"]
        [ready] = [each for each in pod["status"]["conditions"] if each["type"] == "Ready"]
        began = read_time(status["state"]["running"]["startedAt"])
        seconds = (read_time(ready["lastTransitionTime"]) - began).total_seconds()
        steps.tell(f"ready {seconds:.0f} s after its container started")
        assert (status["restartCount"], seconds <= READY_SECONDS + 1) == (0, True)


def look_as_an_operator(evening: Evening, steps: Steps) -> None:
    """Log in, and see that the schedule is on; a stranger sees nothing of it."""
    with steps.step("log in through proxy and Service as the administrator of the Secret"):
        page = evening.operator().ask("GET", "/console/").text
        assert "켜짐" in page
        assert evening.person().ask("GET", "/console/").status_code == 303
    with steps.step("the status says running"):
        wait_for_success(evening.release)
        status, document = evening.ask("/booths/sync/status/")
        assert (status, document["data"]["is_running"]) == (200, True)
    forged = {"X-Forwarded-For": "127.0.0.1", "Authorization": f"Token {evening.token}"}
    direct = f"http://{evening.pods()[0]['status']['podIP']}:8000"
    answer = Person(evening.site.node, direct).ask("GET", "/booths/sync/status/", headers=forged)
    assert answer.status_code == 301  # whoever is no proxy is not believed about TLS


def stop_and_upgrade_under_load(evening: Evening, steps: Steps) -> None:
    """Stop by the API: kubectl agrees, no Job comes, and an upgrade loses no request."""
    release = evening.release
    with steps.step("POST /booths/sync/stop/ through the proxy, and kubectl agrees"):
        status, document = evening.ask("/booths/sync/stop/", method="POST", reason="무대 점검")
        assert (status, document["message"]) == (200, STOPPED)
        assert release.is_suspended()
    before = names_of(release)
    began = time.monotonic()
    with steps.step("helm upgrade of the web part under load: no request is lost"):
        old = {pod["metadata"]["name"] for pod in evening.pods()}
        with asking(lambda: evening.person().ask("GET", "/booths/").status_code) as answers:
            evening.values["config"]["BOOTH_SYNC_STALE_AFTER"] = 1200
            release.upgrade(evening.values)
            evening.wait_until_rolled_out()
            wait_for(lambda: not old & {p["metadata"]["name"] for p in evening.pods()}, seconds=90)
        steps.tell(f"{len(answers)} requests, {len([a for a in answers if a != 200])} lost")
        assert len(answers) > 20
        assert set(answers) == {200}
    with steps.step("no Job for more than a minute, and the stop is kept"):
        time.sleep(max(0.0, MINUTE + 5 - (time.monotonic() - began)))
        assert names_of(release) <= before
        assert release.is_suspended()
    with steps.step("helm rollback: the stop is kept"):
        release.helm("rollback", release.name, "1")
        evening.wait_until_rolled_out()
        assert release.is_suspended()
        assert "BOOTH_SYNC_STALE_AFTER" not in release.read("configmap", release.name)["data"]


def start_by_the_console(evening: Evening, steps: Steps) -> None:
    """Start by the console: what was missed is made up for at once."""
    release = evening.release
    person = evening.operator()
    page = person.ask("GET", "/console/").text
    assert "무대 점검" in page
    [seen] = set(re.findall(r'form="start" name="seen" value="([^"]*)"', page))
    wait_for(lambda: time.time() % MINUTE < 20, seconds=MINUTE)
    with steps.step("예약 켜기 on the console: one run at once"):
        before = names_of(release)
        began = time.monotonic()
        assert person.post("/console/start/", seen=seen).status_code == 303
        assert not release.is_suspended()
        wait_for(lambda: names_of(release) - before, seconds=20)
        steps.tell(f"a Job {time.monotonic() - began:.1f} s after the press")
        wait_for_success(release, after=max(before, default=""))


def scrape(evening: Evening, steps: Steps) -> None:
    """A Prometheus in the node's network scrapes the web part with a token, by its Service."""
    node = evening.site.node
    program = shutil.which("prometheus")
    assert program, "there is no prometheus: apt-get install it"
    address = evening.release.read("service", WEB)["spec"]["clusterIP"]
    config = {
        "global": {"scrape_interval": "2s"},
        "scrape_configs": [
            {
                "job_name": "web",
                "honor_labels": True,
                "authorization": {"type": "Bearer", "credentials": evening.token},
                "static_configs": [{"targets": [f"{address}:80"]}],
            }
        ],
    }
    folder = node.folder / "prometheus"
    folder.mkdir()
    (folder / "prometheus.yml").write_text(json.dumps(config))
    listen = f"--web.listen-address=127.0.0.1:{PROMETHEUS_PORT}"
    options = (f"--config.file={folder / 'prometheus.yml'}", f"--storage.tsdb.path={folder}/data")
    node.spawn([Path(program), listen, *options], log=folder / "log")

    def find(query: str) -> list[Any]:
        return ask_prometheus(node, port=PROMETHEUS_PORT, query=query)

    with steps.step("/metrics scraped by a Prometheus in the node's network"):
        label = f'instance="{evening.release.namespace}"'
        wait_for(lambda: find(f"booth_sync_suspended{{{label}}} == 0"), seconds=60)
        assert find(f'booth_sync_up{{{label},part="cluster"}} == 1')
        assert find(f"booth_sync_booths{{{label}}} > 0")
        assert find(f"time() - booth_sync_last_success_timestamp_seconds{{{label}}} < 300")


def go_on_without_a_pod(evening: Evening, steps: Steps) -> None:
    """Kill a pod at once: the other one answers, and a new one comes."""
    with steps.step("a web pod killed: the other one answers"):
        name = evening.pods()[0]["metadata"]["name"]
        began = time.monotonic()
        evening.release.kubectl("delete", "pod", name, "--grace-period=0", "--force")
        wait_for(lambda: _answers(evening.person()), seconds=30)
        steps.tell(f"answers {time.monotonic() - began:.1f} s after it")
        evening.wait_until_rolled_out()
        steps.tell(f"two pods again {time.monotonic() - began:.1f} s after it")


def go_on_without_the_database(evening: Evening, steps: Steps) -> None:
    """Without the database the list is still served and each door says what is away."""
    operator = evening.operator()
    assert evening.person().ask("GET", "/booths/").status_code == 200
    with steps.step("PostgreSQL is away: each door says so"):
        evening.site.postgresql.stop()
        try:
            time.sleep(3)
            status, document = evening.ask("/booths/sync/status/")
            assert (status, document["statusCode"]) == (503, 503)
            metrics = evening.person().ask("GET", "/metrics")
            samples = read_samples(metrics.text)
            instance = evening.release.namespace
            assert samples[f'booth_sync_up{{instance="{instance}",part="database"}}'] == 0
            assert samples[f'booth_sync_up{{instance="{instance}",part="cluster"}}'] == 1
            page = operator.ask("GET", "/console/")
            assert page.status_code == 503
            assert TITLES[503] in page.text
            assert evening.person().ask("GET", "/booths/").status_code == 200
            assert {pod["status"]["containerStatuses"][0]["ready"] for pod in evening.pods()} == {
                True
            }
        finally:
            evening.site.postgresql.start()
        began = time.monotonic()
        wait_for(lambda: evening.ask("/booths/sync/status/")[0] == 200, seconds=60)
        assert "켜짐" in operator.ask("GET", "/console/").text
        steps.tell(f"as before {time.monotonic() - began:.1f} s after it was back")


def go_on_without_the_cluster(evening: Evening, steps: Steps) -> None:
    """Without the API server the rest is served, and a press says what is wrong."""
    node, operator = evening.site.node, evening.operator()
    rule = ("-s", POD_RANGE, "-p", "tcp", "--dport", str(node.plane.port), "-j", "DROP")
    with steps.step("the API server is away: each door says so"):
        node.run("iptables", "-I", "INPUT", *rule)
        try:
            status, document = evening.ask("/booths/sync/stop/", method="POST", reason="x")
            assert (status, document["statusCode"]) == (503, 503)
            began = time.monotonic()
            status, document = evening.ask("/booths/sync/status/")
            assert (status, document["data"]["is_running"]) == (200, None)
            assert time.monotonic() - began < 10
            page = operator.ask("GET", "/console/")
            assert page.status_code == 200
            assert UNKNOWN.word in page.text
            assert evening.person().ask("GET", "/booths/").status_code == 200
            name = f'booth_sync_up{{instance="{evening.release.namespace}",part="cluster"}}'

            def is_told() -> bool:
                metrics = evening.person().ask("GET", "/metrics")
                return read_samples(metrics.text)[name] == 0

            wait_for(is_told, seconds=40)
        finally:
            node.run("iptables", "-D", "INPUT", *rule)
        began = time.monotonic()
        wait_for(
            lambda: evening.ask("/booths/sync/status/")[1]["data"]["is_running"] is True, seconds=60
        )
        steps.tell(f"as before {time.monotonic() - began:.1f} s after it was back")


def measure_memory(evening: Evening, steps: Steps) -> None:
    """What a pod holds after thousands of requests stays below what it asks for."""
    with steps.step("as many requests as a pod answers"):
        for pod in evening.pods():
            count, rate = flood(evening.site.node, pod["status"]["podIP"])
            used = read_memory(pod["metadata"]["uid"])
            steps.tell(f"{used / 2**20:.0f} MiB after {count} requests, {rate:.0f} a second")
            assert used < MAX_MEMORY


def uninstall(evening: Evening, steps: Steps) -> None:
    """Take the release away: only what was there before stays."""
    release = evening.release
    with steps.step("helm uninstall leaves nothing but the namespace"):
        release.helm("uninstall", release.name)
        wait_for(lambda: left_by(release, OURS) == MINE, seconds=90)


def run_in_web(site: Site, release: Release, *arguments: str) -> str:
    """Run a command of the site in a pod of the web part."""
    where = ("exec", f"deploy/{WEB}", f"--namespace={release.namespace}")
    return site.node.kubectl(*where, "--", "python", "manage.py", *arguments)


def _answers(person: Person) -> bool:
    try:
        return person.ask("GET", "/booths/").status_code == 200
    except requests.RequestException:
        return False
