"""The life of a release: installed, synced, stopped, upgraded, started, rolled back, gone."""

import os
import re
import time
from dataclasses import dataclass
from pathlib import Path

from booth.names import clean_name
from sample_upstream import SampleUpstream
from tests.cluster.waiting import wait_for
from tests.conftest import ROOT

from .conftest import SECRET, Site, Values
from .release import Release, how_it_ended, read_time
from .steps import Steps

MINUTE = 60
EARLY, AT_ONCE_SECONDS = 20, 20
"""So many seconds into a minute its own schedule is far away, and this is too soon for it."""
MIGRATIONS = ROOT / "booth" / "migrations"
LEFTOVERS = (
    "cronjobs,jobs,pods,secrets,configmaps,serviceaccounts,roles,rolebindings,networkpolicies"
)
CLUSTER_WIDE = "validatingadmissionpolicies,validatingadmissionpolicybindings"
NOT_OURS = {"configmap/kube-root-ca.crt", "serviceaccount/default", f"secret/{SECRET}"}


@dataclass(frozen=True, kw_only=True)
class Journey:
    """What every stage of it needs."""

    site: Site
    release: Release
    upstream: SampleUpstream
    values: Values
    steps: Steps


def test_a_release_from_install_to_uninstall(
    site: Site, upstream: SampleUpstream, steps: Steps
) -> None:
    release = site.make_release("festival", helm="helm4")
    origin = site.serve(upstream, name="d-order")
    values = site.make_values(release, url=upstream.url.replace(upstream.origin, origin))
    journey = Journey(site=site, release=release, upstream=upstream, values=values, steps=steps)
    steps.tell("")
    for stage in (install_and_sync, stop_and_upgrade, start_again, roll_back_and_test, uninstall):
        stage(journey)
    write_transcript(steps)
    assert mask("\n".join(steps.transcript)) == mask(read_documented_transcript())


def install_and_sync(journey: Journey) -> None:
    """Install, and let the schedule bring the booths, twice."""
    release, upstream, steps = journey.release, journey.upstream, journey.steps
    with steps.step("helm install, migrations included"):
        command = "helm install booth-sync helm/booth-sync --namespace festival"
        printed = release.install(journey.values).partition("\n\nCheck the configuration")[0]
        steps.show(f"{command} --values values.yaml", printed)
        applied = release.ask("SELECT count(*) FROM django_migrations WHERE app = 'booth'")
        assert applied == [(len([*MIGRATIONS.glob("[0-9]*.py")]),)]
    with steps.step("the schedule fires, the pod completes"):
        first = wait_for_success(release)
    with steps.step("rows, SyncRun and figures are there"):
        assert_synced(release, upstream, job=first)
        assert_pushed(journey.site, release)
        tell_split(release, first, steps)
        show_cluster(release, steps)
    with steps.step("the upstream changes, the next run brings it"):
        upstream.tick()
        assert_synced(release, upstream, job=wait_for_success(release, after=first))


def stop_and_upgrade(journey: Journey) -> None:
    """Stop as an operator does, and upgrade: the stop stays."""
    release, steps, values = journey.release, journey.steps, journey.values
    with steps.step("booth_sync stop from a pod with the operator's account"):
        operate(release, steps, "stop", "--reason", "무대 점검")
        assert release.is_suspended()
    with steps.step("no more Jobs for more than a minute"):
        before = names_of(release)
        time.sleep(MINUTE + 5)
        assert names_of(release) <= before
    with steps.step("helm upgrade with a new value keeps the stop"):
        values["config"]["BOOTH_SYNC_HISTORY_DAYS"] = 7
        command = "helm upgrade booth-sync helm/booth-sync --namespace festival"
        upgraded = release.upgrade(values).partition("NOTES:")[0]
        steps.show(f"{command} --values values.yaml", upgraded)
        assert release.is_suspended()
        assert "꺼짐" in operate(release, steps, "status")
        config = release.read("configmap", release.name)["data"]
        assert config["BOOTH_SYNC_HISTORY_DAYS"] == "7"


def start_again(journey: Journey) -> None:
    """Start as an operator does: what was missed is made up for once, without waiting."""
    release, steps = journey.release, journey.steps
    wait_for(lambda: time.time() % MINUTE < EARLY, seconds=MINUTE)
    with steps.step("booth_sync start: one run at once"):
        before = names_of(release)
        operate(release, steps, "start")
        began = time.monotonic()
        wait_for(lambda: names_of(release) - before, seconds=AT_ONCE_SECONDS)
        steps.tell(f"a Job {time.monotonic() - began:.1f} s after start")
        assert len(names_of(release) - before) == 1
        wait_for_success(release, after=max(before))
        assert "켜짐" in operate(release, steps, "status")


def roll_back_and_test(journey: Journey) -> None:
    """Go back to the release before, and let the doctor look."""
    release, steps = journey.release, journey.steps
    with steps.step("helm rollback"):
        release.helm("rollback", release.name, "1")
        assert not release.is_suspended()
        assert "BOOTH_SYNC_HISTORY_DAYS" not in release.read("configmap", release.name)["data"]
    with steps.step("helm test"):
        printed = steps.show(
            "helm test booth-sync --logs", release.helm("test", release.name, "--logs")
        )
        assert "Succeeded" in printed
        assert "OK    권한" in printed
        assert "실패" not in printed


def uninstall(journey: Journey) -> None:
    """Take the release away: only what was there before stays."""
    release = journey.release
    with journey.steps.step("helm uninstall leaves nothing but the namespace"):
        release.helm("uninstall", release.name)
        wait_for(lambda: left_by(release) == NOT_OURS, seconds=60)
        assert "festival" not in release.kubectl("get", CLUSTER_WIDE, "-o", "name")


def operate(release: Release, steps: Steps, *arguments: str) -> str:
    """Run ``booth_sync`` as the operator, keep it in the transcript, return what it printed."""
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
    """Keep in the transcript what ``kubectl get`` shows."""
    command = ("get", "cronjobs,jobs,pods")
    steps.show(f"kubectl {' '.join(command)} --namespace festival", release.kubectl(*command))


def names_of(release: Release) -> set[str]:
    """Return the names of the Jobs that the CronJob made and that are still there."""
    return {job["metadata"]["name"] for job in release.list_jobs()}


def left_by(release: Release, kinds: str = LEFTOVERS) -> set[str]:
    """Return what is in the namespace, as kind/name without groups."""
    names = release.kubectl("get", kinds, "-o", "name").split()
    return {f"{name.split('/')[0].split('.')[0]}/{name.split('/')[1]}" for name in names}


def read_documented_transcript() -> str:
    """Return what docs/evidence.md shows of this journey."""
    _, _, section = (ROOT / "docs" / "evidence.md").read_text().partition("## What it looks like\n")
    return section.split("```")[1].removeprefix("console\n")


def mask(transcript: str) -> list[str]:
    """Return the lines of a transcript without what differs each time: numbers, ages, days, names.

    Sorted, because what a pod says on two streams comes in either order.
    """
    masked = re.sub(r"\b[A-Z][a-z]{2} [A-Z][a-z]{2} +\d", "DAY 0", transcript.strip())
    masked = re.sub(r"(pod/booth-sync-\d+)-[a-z0-9]{5}\b", r"\1-suffix", masked)
    masked = re.sub(r"\b(?:\d+[dhms])+\b", "0s", masked)
    lines = re.sub(r"\d+", "0", masked).splitlines()
    return sorted(re.sub(r" +", " ", line) for line in lines)


def write_transcript(steps: Steps) -> None:
    """Leave the transcript where ``E2E_TRANSCRIPT`` says, for docs/evidence.md."""
    path = os.environ.get("E2E_TRANSCRIPT")
    if path:
        Path(path).write_text("\n".join(steps.transcript))
