"""What the docs say of size and memory is measured here, on the image and in pods."""

import json
import re
import tarfile
import time
from pathlib import Path
from typing import Any

from tests.node.images import make_python_base

from .conftest import Site
from .release import Release
from .servers import serve_upstream
from .steps import Steps

MIB = 1024 * 1024
BOOTHS = 10_000
BEYOND_BASE_MIB = 120
PEAKS = re.compile(r"^(?:process|pod) (\d+)$", re.MULTILINE)
MEASURE = (
    "import resource, subprocess, sys; "
    "code = subprocess.run([sys.executable, '/app/manage.py', 'booth_sync', 'sync']).returncode; "
    "print('process', resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024); "
    "from pathlib import Path; cgroup = Path('/sys/fs/cgroup'); "
    "v1, v2 = cgroup / 'memory/memory.max_usage_in_bytes', cgroup / 'memory.peak'; "
    "print('pod', (v1 if v1.exists() else v2).read_text()); "
    "sys.exit(code)"
)
"""Prints the peak of the process alone, and of the whole container, page cache included."""


def test_the_image_adds_little_to_its_base(site: Site, steps: Steps) -> None:
    whole, base = (sum(list_layers(path)) for path in (site.image, make_python_base()))
    layers = ", ".join(f"{size / MIB:.1f}" for size in list_layers(site.image))
    steps.tell(f"image {whole / MIB:.0f} MiB, base {base / MIB:.0f} MiB, layers {layers} MiB")
    assert whole - base <= BEYOND_BASE_MIB * MIB


def list_layers(archive: Path) -> list[int]:
    """Return the bytes of each layer of a docker archive, unpacked, the base's first."""
    with tarfile.open(archive) as packed:
        manifest = packed.extractfile("manifest.json")
        assert manifest is not None
        [image] = json.load(manifest)
        return [packed.getmember(layer).size for layer in image["Layers"]]


def test_ten_thousand_booths_fit_into_the_memory_limit(site: Site, steps: Steps) -> None:
    with serve_upstream(site.node, booths=BOOTHS) as upstream:
        release = site.make_release("large", helm="helm4")
        origin = site.serve(upstream, name="large")
        url = upstream.url.replace(upstream.origin, origin)
        release.install(site.make_values(release, url=url, schedule="0 0 29 2 *"))
        for title in ("first", "unchanged"):
            printed = run_measured(release, name=title)
            process, pod = (int(found) / MIB for found in PEAKS.findall(printed))
            steps.tell(f"{title} sync of {BOOTHS} booths: {process:.0f} MiB, pod {pod:.0f} of 256")
        assert release.ask("SELECT count(*) FROM booth_booth") == [(BOOTHS,)]


def run_measured(release: Release, *, name: str) -> str:
    """Run the CronJob's pod once, told to print its peak, and return what it printed."""
    job = make_job(release, name=name)
    release.kubectl("apply", "-f", "-", stdin=json.dumps(job))
    began = time.monotonic()
    ended = release.wait_for_job(name)
    printed = release.kubectl("logs", f"job/{name}")
    assert ended["status"].get("succeeded") == 1, (printed, time.monotonic() - began)
    return printed


def make_job(release: Release, *, name: str) -> dict[str, Any]:
    """Return a Job of the CronJob's template, whose container measures the command."""
    template = release.read("cronjob", release.name)["spec"]["jobTemplate"]
    [container] = template["spec"]["template"]["spec"]["containers"]
    container |= {"command": ["python", "-c", MEASURE], "args": []}
    metadata = template.get("metadata", {}) | {"name": name}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": template["spec"]}
