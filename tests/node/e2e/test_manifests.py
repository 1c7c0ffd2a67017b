"""The plain manifests on a real node, with the overlay that docs/deploy.md describes."""

import json
import shutil
from pathlib import Path
from typing import Any

from sample_upstream import SampleUpstream
from tests.conftest import ROOT

from .conftest import TAG, Site, make_secret
from .release import Release, how_it_ended
from .steps import Steps

NAMESPACE = "booth-sync"
IMAGES = [{"name": "booth-sync", "newName": "booth-sync", "newTag": TAG}]


def test_kubectl_apply_of_the_plain_manifests_syncs(
    site: Site, upstream: SampleUpstream, steps: Steps, tmp_path: Path
) -> None:
    release = site.make_release(NAMESPACE, helm="helm3")
    origin = site.serve(upstream, name="plain")
    url = upstream.url.replace(upstream.origin, origin)
    database = site.postgresql.make_database(NAMESPACE)
    shutil.copytree(ROOT / "k8s", tmp_path / "k8s")
    with steps.step("kubectl apply -k k8s/ as it is"):
        release.kubectl("apply", "-k", str(ROOT / "k8s"))
        assert release.read("cronjob", release.name)["spec"]["schedule"] == "*/5 * * * *"
    with steps.step("kubectl apply -k of an overlay, and of the migration's"):
        make_secret(release, database=database, name="booth-sync")
        release.kubectl("apply", "-k", write_overlay(tmp_path / "overlay", base="k8s", url=url))
        release.kubectl("apply", "-k", write_overlay(tmp_path / "migrate", base="k8s/migrate"))
        assert_completed(release, "booth-sync-migrate")
    with steps.step("a run from the CronJob brings the booths"):
        release.kubectl("create", "job", "first-run", "--from=cronjob/booth-sync")
        assert_completed(release, "first-run")
        assert release.ask("SELECT count(*) FROM booth_booth") == [(15,)]
    with steps.step("the web part joins as a component, under a name of one's own"):
        web = write_overlay(tmp_path / "web", base="k8s", url=url, with_web=True)
        release.kubectl("apply", "--server-side", "--force-conflicts", "-k", web)
        release.kubectl("rollout", "status", "deployment/booth-sync-web", "--timeout=90s")
        [container] = release.read("deployment", "booth-sync-web")["spec"]["template"]["spec"][
            "containers"
        ]
        assert {"name": "ALLOWED_HOSTS", "value": "booths.example"} in container["env"]
    release.kubectl("delete", "-k", web, "--wait=false")


def write_overlay(folder: Path, *, base: str, url: str = "", with_web: bool = False) -> str:
    """Write a kustomization over the manifests and return its folder."""
    folder.mkdir()
    document: dict[str, Any] = {"resources": [f"../{base}"], "images": IMAGES}
    if url:
        change = [{"op": "replace", "path": "/data/BOOTH_SYNC_API_URL", "value": url}]
        target = {"kind": "ConfigMap", "name": "booth-sync"}
        document["patches"] = [{"target": target, "patch": json.dumps(change)}]
    if with_web:
        env = [{"name": "ALLOWED_HOSTS", "value": "booths.example"}]
        pod = {"spec": {"containers": [{"name": "web", "env": env}]}}
        named = {"name": "booth-sync-web", "namespace": NAMESPACE}
        deployment = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": named}
        document["components"] = ["../k8s/web"]
        document["patches"].append({"patch": json.dumps(deployment | {"spec": {"template": pod}})})
    (folder / "kustomization.yaml").write_text(json.dumps(document))
    return str(folder)


def assert_completed(release: Release, job: str) -> None:
    """A Job ends well."""
    ended = how_it_ended(release.wait_for_job(job))
    assert ended is not None
    assert ended["type"] == "Complete", ended
