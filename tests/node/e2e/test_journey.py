"""The life of a release: installed, synced, stopped, upgraded, started, rolled back, gone."""

import os
import time
from pathlib import Path

from booth.names import clean_name
from sample_upstream import SampleUpstream
from tests.cluster.waiting import wait_for

from .conftest import SECRET, Site
from .release import Release, how_it_ended, read_time
from .steps import Steps

MINUTE = 60
LEFTOVERS = (
    "cronjobs,jobs,pods,secrets,configmaps,serviceaccounts,roles,rolebindings,networkpolicies"
)
CLUSTER_WIDE = "validatingadmissionpolicies,validatingadmissionpolicybindings"
NOT_OURS = {"configmap/kube-root-ca.crt", "serviceaccount/default", f"secret/{SECRET}"}


def test_a_release_from_install_to_uninstall(
    site: Site, upstream: SampleUpstream, steps: Steps
) -> None:
    release = site.make_release("festival", helm="helm4")
    origin = site.serve(upstream, name="d-order")
    values = site.make_values(release, url=upstream.url.replace(upstream.origin, origin))
    steps.tell("")

    with steps.step("helm install, migrations included"):
        steps.show(
            "helm install booth-sync helm/booth-sync --namespace festival --values values.yaml",
            release.install(values),
        )
        assert release.ask("SELECT count(*) FROM django_migrations WHERE app = 'booth'") == [(1,)]
    with steps.step("the schedule fires, the pod completes"):
        first = wait_for_success(release)
    with steps.step("rows, SyncRun and figures are there"):
        assert_synced(release, upstream, job=first)
        assert_pushed(site, release)
        tell_split(release, first, steps)
        show_cluster(release, steps)
    with steps.step("the upstream changes, the next run brings it"):
        upstream.tick()
        assert_synced(release, upstream, job=wait_for_success(release, after=first))

    with steps.step("booth_sync stop from a pod with the operator's account"):
        operate(release, steps, "stop", "--reason", "무대 점검")
        assert release.is_suspended()
    with steps.step("no more Jobs for more than a minute"):
        before = names_of(release)
        time.sleep(MINUTE + 5)
        assert names_of(release) <= before
    with steps.step("helm upgrade with a new value keeps the stop"):
        values["config"]["BOOTH_SYNC_HISTORY_DAYS"] = 7
        steps.show(
            "helm upgrade booth-sync helm/booth-sync --namespace festival --values values.yaml",
            release.upgrade(values).partition("NOTES:")[0],
        )
        assert release.is_suspended()
        assert "꺼짐" in operate(release, steps, "status")
        config = release.read("configmap", release.name)["data"]
        assert config["BOOTH_SYNC_HISTORY_DAYS"] == "7"
    with steps.step("booth_sync start: one run at once"):
        before = names_of(release)
        operate(release, steps, "start")
        began = time.monotonic()
        wait_for(lambda: names_of(release) - before, seconds=20)
        steps.tell(f"a Job {time.monotonic() - began:.1f} s after start")
        assert len(names_of(release) - before) == 1
        wait_for_success(release, after=max(before))
        assert "켜짐" in operate(release, steps, "status")

    with steps.step("helm rollback"):
        release.helm("rollback", release.name, "1")
        assert not release.is_suspended()
        assert "BOOTH_SYNC_HISTORY_DAYS" not in release.read("configmap", release.name)["data"]
    with steps.step("helm test"):
        printed = steps.show(
            "helm test booth-sync --logs", release.helm("test", release.name, "--logs")
        )
        assert "Succeeded" in printed
        assert "실패" not in printed
    with steps.step("helm uninstall leaves nothing but the namespace"):
        release.helm("uninstall", release.name)
        wait_for(lambda: left_by(release) == NOT_OURS, seconds=60)
        assert "festival" not in release.kubectl("get", CLUSTER_WIDE, "-o", "name")
    write_transcript(steps)


def operate(release: Release, steps: Steps, *arguments: str) -> str:
    shown = " ".join(f"'{each}'" if " " in each else each for each in arguments)
    return steps.show(f"booth_sync {shown}", release.operate(*arguments))


def wait_for_success(release: Release, *, after: str = "") -> str:
    """Return the name of the first Job after another one, when it has completed."""

    def find_ended() -> str:
        for job in release.list_jobs():
            ended = how_it_ended(job)
            if ended and job["metadata"]["name"] > after:
                assert ended["type"] == "Complete", ended
                return str(job["metadata"]["name"])
        return ""

    return wait_for(find_ended, seconds=3 * MINUTE)


def assert_synced(release: Release, upstream: SampleUpstream, *, job: str) -> None:
    """The rows are what D-Order lists, and the Job's run says where it ran and why."""
    stored = release.ask(
        "SELECT name, all_table, usage_table FROM booth_booth JOIN booth_boothdetail "
        "ON booth_id = booth_booth.id WHERE missing_since IS NULL ORDER BY name"
    )
    assert {name: (tables, used) for name, tables, used in stored} == list_booths(upstream)
    [(status, trigger, pod)] = release.ask(
        f"SELECT status, trigger, pod_name FROM booth_syncrun WHERE job_name = '{job}'"
    )
    assert (status, trigger) == ("succeeded", "schedule")
    assert pod in {each["metadata"]["name"] for each in release.pods_of(job)}


def list_booths(upstream: SampleUpstream) -> dict[str, tuple[int, int]]:
    """Return tables and used tables by name; of twins the one with more tables, then menus."""
    ordered = sorted(upstream.world.booths, key=lambda booth: (booth.tables, len(booth.menus)))
    return {clean_name(booth.name): (booth.tables, booth.used) for booth in ordered}


def assert_pushed(site: Site, release: Release) -> None:
    """The figures of the last run are on the Pushgateway."""
    at = site.pushgateway.find_value(
        "booth_sync_last_success_timestamp_seconds", instance=release.namespace
    )
    assert at is not None
    assert 0 <= time.time() - at < 2 * MINUTE


def tell_split(release: Release, job: str, steps: Steps) -> None:
    """Say where the seconds from the schedule to the end of the pod went."""
    [pod] = release.pods_of(job)
    scheduled = release.read("job", job)["metadata"]["annotations"][
        "batch.kubernetes.io/cronjob-scheduled-timestamp"
    ]
    state = pod["status"]["containerStatuses"][0]["state"]["terminated"]
    [(began, ended)] = release.ask(
        f"SELECT started_at, finished_at FROM booth_syncrun WHERE job_name = '{job}'"
    )
    due, started, finished = map(read_time, (scheduled, state["startedAt"], state["finishedAt"]))
    steps.tell(f"schedule to container (Kubernetes) {(started - due).total_seconds():.0f} s")
    steps.tell(f"container to claim (Python) {(began - started).total_seconds():.2f} s")
    steps.tell(f"the run itself {(ended - began).total_seconds():.2f} s")
    steps.tell(f"schedule to end of the container {(finished - due).total_seconds():.0f} s")


def show_cluster(release: Release, steps: Steps) -> None:
    command = ("get", "cronjobs,jobs,pods")
    steps.show(f"kubectl {' '.join(command)} --namespace festival", release.kubectl(*command))


def names_of(release: Release) -> set[str]:
    return {job["metadata"]["name"] for job in release.list_jobs()}


def left_by(release: Release) -> set[str]:
    """Return what is in the namespace, as kind/name without groups."""
    names = release.kubectl("get", LEFTOVERS, "-o", "name").split()
    return {f"{name.split('/')[0].split('.')[0]}/{name.split('/')[1]}" for name in names}


def write_transcript(steps: Steps) -> None:
    """Leave the transcript where ``E2E_TRANSCRIPT`` says, for docs/deploy.md."""
    path = os.environ.get("E2E_TRANSCRIPT")
    if path:
        Path(path).write_text("\n".join(steps.transcript))
