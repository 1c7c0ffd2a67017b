"""The Korean runbook on a real node: each of its lines for the cluster, as printed, in order."""

import base64
import os
import re
from collections.abc import Callable
from pathlib import Path

from sample_upstream import SampleUpstream
from tests.cluster.binaries import find, find_program
from tests.conftest import ROOT

from .conftest import SECRET, Site
from .release import Release
from .steps import Steps

PRINTED, OURS = "festival", "runbook"
"""The namespace that the page names, and that of this test."""
OWN = "booth-sync"
SECONDS = 180
TOLD = {
    "booth_sync status": "예약 실행: 켜짐",
    "booth_sync doctor": "OK    권한",
    "booth_sync start": "예약 실행이 이미 켜져 있어",
    "manage.py check": "System check identified no issues",
    "booth_sync runs": "성공",
    "booth_sync sync --dry-run": "바뀌는 것이 없습니다.",
    "logs job/run-now": "저장 완료",
    "booth_sync stop": "예약 실행을 껐습니다.",
    "can-i patch": "yes",
    "booth_sync sync --dry-run --allow-shrink": "바뀌는 것이 없습니다.",
    "booth_sync sync --allow-shrink": "그대로 15",
    "create secret": "secret/booth-sync patched",
    "manage.py migrate": "No migrations to apply",
}
"""What a line with these words prints, where that is known."""


def test_every_line_for_the_cluster_does_what_it_says(
    site: Site, upstream: SampleUpstream, steps: Steps, tmp_path: Path
) -> None:
    release = site.make_release(OURS, helm="helm4")
    origin = site.serve(upstream, name=OURS)
    url = upstream.url.replace(upstream.origin, origin)
    values = site.make_values(release, url=url, schedule="0 0 1 1 *")
    del values["secrets"]
    move_secret(release, tmp_path)
    release.install(values | {"existingSecret": OWN})
    release.kubectl("create", "job", "first", f"--from=cronjob/{release.name}")
    release.wait_for_job("first")
    run = make_shell(site, tmp_path)
    steps.tell("")
    told = set()
    for line in read_lines():
        with steps.step(line):
            printed = run(line)
            words = max((each for each in TOLD if each in line), key=len, default="")
            assert TOLD.get(words, "") in printed
            told.add(words)
    assert told - {""} == TOLD.keys()
    assert not release.is_suspended()
    assert release.ask("SELECT count(*) FROM booth_booth") == [(15,)]


def read_lines() -> list[str]:
    """Return the commands of the page that are for a cluster, with the namespace of this test."""
    page = (ROOT / "docs" / "runbook.ko.md").read_text()
    lines = re.findall(r"^ {4}((?:kubectl|helm) .*)$", page, re.MULTILINE)
    assert len(lines) > 20
    return [line.replace(PRINTED, OURS) for line in lines]


def move_secret(release: Release, folder: Path) -> None:
    """Put the release's secrets into files, and into a Secret made from them."""
    secret = release.read("secret", SECRET)["data"]
    for name, value in secret.items():
        (folder / name).write_bytes(base64.b64decode(value))
    files = [f"--from-file={folder / name}" for name in secret]
    release.kubectl("create", "secret", "generic", OWN, *files)


def make_shell(site: Site, folder: Path) -> Callable[[str], str]:
    """Return what runs a line in a shell of an administrator, in a folder with the chart."""
    programs = folder / "bin"
    programs.mkdir()
    (programs / "kubectl").symlink_to(find().kubectl)
    (programs / "helm").symlink_to(find_program("helm4"))
    (folder / "helm").symlink_to(ROOT / "helm")
    kubeconfig = folder / "kubeconfig"
    kubeconfig.write_bytes(site.node.admin_kubeconfig.read_bytes())
    kubeconfig.chmod(0o600)
    environment = {
        "HOME": str(folder),
        "KUBECONFIG": str(kubeconfig),
        "PATH": f"{programs}:{os.defpath}",
    }

    def run(line: str) -> str:
        ended = site.node.run(
            *("sh", "-c", f"cd {folder} && {line}"),
            environment=environment,
            timeout=SECONDS,
            check=False,
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return str(ended.stdout + ended.stderr)

    return run
