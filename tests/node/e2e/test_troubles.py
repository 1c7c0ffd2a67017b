"""What goes wrong in a cluster: the next schedule heals, or the Job says clearly what is wrong."""

import base64
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from sample_upstream import SampleUpstream
from tests.cluster.waiting import wait_for

from .conftest import SECRET, Site, Values
from .release import HelmFailed, Release, how_it_ended
from .servers import serve_upstream
from .steps import Steps

RUNNING = "status = 'running'"
WAITS_FOR_A_LOCK = (
    "SELECT count(*) FROM pg_stat_activity "
    "WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


@pytest.fixture
def slow(site: Site) -> Iterator[SampleUpstream]:
    """A D-Order whose good answer takes four seconds: time enough to do something in between."""
    with serve_upstream(site.node) as served:
        yield served


def install(
    site: Site, upstream: SampleUpstream, *, name: str, fault: str = "delay", **job: Any
) -> tuple[Release, Values]:
    """Install a suspended release that reads from a fault of ``upstream``, under the other Helm."""
    release = site.make_release(name, helm="helm3")
    origin = site.serve(upstream, name=name)
    url = upstream.fault_url(fault, **({"seconds": 4} if fault == "delay" else {}))
    address = url.replace(upstream.origin, origin)
    values = site.make_values(release, url=address, schedule="*/5 * * * *")
    values |= {"job": job, "suspend": True}
    if "?" in address:  # the chart keeps a query out of its ConfigMap
        del values["config"]["BOOTH_SYNC_API_URL"]
        values["secrets"]["BOOTH_SYNC_API_URL"] = {"value": address}
    release.install(values)
    return release, values


def begin(release: Release) -> tuple[str, float]:
    """Let a run begin and return its Job and when it began, once it holds the lock."""
    job = release.fire()
    release.wait_for_row(RUNNING)
    return job, time.monotonic()


@contextmanager
def writing(site: Site, release: Release) -> Iterator[tuple[str, float]]:
    """A run that has written its booths, uncommitted, and waits with its menus."""
    with site.postgresql.hold(release.namespace, "booth_menu"):
        begun = begin(release)
        wait_for(lambda: release.ask(WAITS_FOR_A_LOCK) == [(1,)], seconds=30)
        yield begun


def heal(release: Release, steps: Steps, *, since: float) -> None:
    """The next schedule brings everything in line, and nothing was written twice or by halves."""
    job = release.wait_for_job(release.fire())
    ended = how_it_ended(job)
    assert ended is not None
    assert ended["type"] == "Complete", ended
    assert_sound(release)
    steps.tell(f"healed {time.monotonic() - since:.1f} s after it happened")


def assert_sound(release: Release) -> None:
    """All 15 booths with their menus are there, no run is open, never did two hold the lock."""
    assert release.ask("SELECT count(*) FROM booth_booth") == [(15,)]
    assert release.ask("SELECT count(*) FROM booth_boothdetail") == [(15,)]
    assert release.ask("SELECT count(*) > 100 FROM booth_menu") == [(True,)]
    assert release.ask(f"SELECT count(*) FROM booth_syncrun WHERE {RUNNING}") == [(0,)]
    overlaps = (
        "SELECT count(*) FROM booth_syncrun a JOIN booth_syncrun b ON a.id < b.id "
        "AND b.started_at < a.finished_at WHERE a.status <> 'lost'"
    )
    assert release.ask(overlaps) == [(0,)]


def explain(release: Release, job: str) -> str:
    """Return what ``kubectl`` says of a Job's end: its condition, its pods' last words."""
    ended = how_it_ended(release.wait_for_job(job))
    assert ended is not None
    words = [json.dumps(pod["status"], ensure_ascii=False) for pod in release.pods_of(job)]
    return f"{ended['type']} {ended.get('reason')} {ended.get('message')} {' '.join(words)}"


def test_a_pod_deleted_in_mid_write(site: Site, slow: SampleUpstream, steps: Steps) -> None:
    release, _ = install(site, slow, name="deleted")
    with steps.step("kubectl delete pod in mid-write: the row is closed, the Job tries again"):
        with writing(site, release) as (job, at):
            [pod] = release.pods_of(job)
            release.kubectl("delete", "pod", pod["metadata"]["name"], "--wait=false")
            release.wait_for_row("status = 'aborted'")
            assert release.ask("SELECT count(*) FROM booth_booth") == [(0,)]
        ended = how_it_ended(release.wait_for_job(job))
        assert ended is not None
        assert ended["type"] == "Complete", ended
        assert_sound(release)
        steps.tell(f"healed by the Job itself {time.monotonic() - at:.1f} s after it happened")


def test_postgresql_crashes_in_mid_write(site: Site, slow: SampleUpstream, steps: Steps) -> None:
    release, _ = install(site, slow, name="crashed", backoffLimit=0)
    with steps.step("PostgreSQL crashes in mid-write: the Job fails with 75"):
        with writing(site, release) as (job, at):
            site.postgresql.stop()
        try:
            assert '"exitCode": 75' in explain(release, job)
        finally:  # the other tests need it
            site.postgresql.start()
    with steps.step("PostgreSQL is back: the row is reaped, the next schedule heals"):
        assert release.ask("SELECT count(*) FROM booth_booth") == [(0,)]
        expire_lease(release)
        heal(release, steps, since=at)
        assert release.wait_for_row("status = 'lost'")[2] == "lost"


def expire_lease(release: Release) -> None:
    """Let the lease of two minutes be over, which a crashed run leaves behind."""
    release.execute(f"UPDATE booth_syncrun SET expires_at = now() WHERE {RUNNING}")


def test_containerd_killed_in_mid_run(site: Site, slow: SampleUpstream, steps: Steps) -> None:
    release, _ = install(site, slow, name="containerd")
    job, at = begin(release)
    with steps.step("containerd killed and restarted in mid-run: the run goes on"):
        site.node.kill_containerd()
        site.node.start_containerd()
        ended = how_it_ended(release.wait_for_job(job))
        assert ended is not None
        assert ended["type"] == "Complete", ended
        assert_sound(release)
        steps.tell(f"the Job completed {time.monotonic() - at:.1f} s after it happened")


def test_a_run_that_outlives_its_deadline(site: Site, slow: SampleUpstream, steps: Steps) -> None:
    release, values = install(site, slow, name="deadline", fault="silent", activeDeadlineSeconds=10)
    job, at = begin(release)
    with steps.step("activeDeadlineSeconds: SIGTERM, the row is closed, the Job says why"):
        release.wait_for_row("status = 'aborted'")
        assert "Failed DeadlineExceeded" in explain(release, job)
    with steps.step("D-Order answers again: the next schedule heals"):
        url = values["config"]["BOOTH_SYNC_API_URL"].replace("/_fault/silent", "")
        release.upgrade(values | {"config": values["config"] | {"BOOTH_SYNC_API_URL": url}})
        heal(release, steps, since=at)


def test_an_image_that_cannot_be_pulled(site: Site, slow: SampleUpstream, steps: Steps) -> None:
    release, values = install(site, slow, name="image", activeDeadlineSeconds=15)
    wrong = values["image"] | {"repository": "registry.invalid/booth-sync"}
    with steps.step("a wrong image: the pod says why it waits, the Job ends at its deadline"):
        release.upgrade(values | {"image": wrong, "migrations": {"mode": "none"}})
        at = time.monotonic()
        job = release.fire()
        wait_for(lambda: waits_for_image(release, job), seconds=60)
        assert "Failed DeadlineExceeded" in explain(release, job)
        assert release.ask("SELECT count(*) FROM booth_syncrun") == [(0,)]
    with steps.step("the right image: the next schedule heals"):
        release.upgrade(values)
        heal(release, steps, since=at)


def waits_for_image(release: Release, job: str) -> bool:
    """Return whether a pod of the Job says that its image cannot be pulled."""
    reasons = {
        status["state"].get("waiting", {}).get("reason")
        for pod in release.pods_of(job)
        for status in pod["status"].get("containerStatuses", [])
    }
    return bool(reasons & {"ErrImagePull", "ImagePullBackOff"})


def test_a_wrong_secret(site: Site, slow: SampleUpstream, steps: Steps) -> None:
    release, _ = install(site, slow, name="secret", backoffLimit=0)
    url, key = read_secret(release, "DATABASE_URL"), read_secret(release, "SECRET_KEY")
    wrong = url.replace(site.postgresql.password, "not-the-password")
    with steps.step("a wrong password: the Job fails with 75 and says what to look at"):
        set_secret(release, "DATABASE_URL", wrong)
        at = time.monotonic()
        said = explain(release, release.fire())
        assert '"exitCode": 75' in said
        assert "데이터베이스" in said
        assert "not-the-password" not in said
    with steps.step("a weak key: 78, and no second try"):
        set_secret(release, "DATABASE_URL", url)
        set_secret(release, "SECRET_KEY", "short")
        job = release.fire()
        said = explain(release, job)
        assert "PodFailurePolicy" in said
        assert "booth.E013" in said
        assert len(release.pods_of(job)) == 1
    with steps.step("the right secret: the next schedule heals"):
        set_secret(release, "SECRET_KEY", key)
        heal(release, steps, since=at)


def test_a_migration_that_fails(site: Site, slow: SampleUpstream, steps: Steps) -> None:
    release, values = install(site, slow, name="migration")
    template = release.read("cronjob", release.name)["spec"]["jobTemplate"]
    right = read_secret(release, "DATABASE_URL")
    set_secret(release, "DATABASE_URL", right.replace(site.postgresql.password, "not-it"))
    with steps.step("helm upgrade: its migration fails, it says so and changes nothing"):
        changed = values | {"timeZone": "UTC", "migrations": {"activeDeadlineSeconds": 15}}
        with pytest.raises(HelmFailed, match="pre-upgrade hooks failed") as refused:
            release.upgrade(changed)
        assert "데이터베이스 서버가 접속을 받아들이지 않습니다." in str(refused.value)
        assert release.read("cronjob", release.name)["spec"]["jobTemplate"] == template
        assert release.read("cronjob", release.name)["spec"]["timeZone"] == "Asia/Seoul"
    with steps.step("the schedule goes on with the old release"):
        set_secret(release, "DATABASE_URL", right)
        heal(release, steps, since=time.monotonic())
    with steps.step("the same upgrade again, and helm test of Helm 3"):
        release.upgrade(changed)
        assert release.read("cronjob", release.name)["spec"]["timeZone"] == "UTC"
        assert "OK    권한" in release.test()


def read_secret(release: Release, name: str) -> str:
    """Return a secret as it is now."""
    return base64.b64decode(release.read("secret", SECRET)["data"][name]).decode()


def set_secret(release: Release, name: str, value: str) -> None:
    """Change a secret past Helm, as a person would."""
    encoded = base64.b64encode(value.encode()).decode()
    patch = json.dumps({"data": {name: encoded}})
    release.kubectl("patch", "secret", SECRET, "--type=merge", "-p", patch)
