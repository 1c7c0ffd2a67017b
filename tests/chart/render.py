"""Writes what is made from the chart: its README's table of values, and the manifests in k8s/.

``python -m tests.chart.render`` is ``make manifests``.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.cluster.binaries import find_program
from tests.conftest import ROOT

from .helm import CHART, MINIMAL, RELEASE, Helm

NAMESPACE = "booth-sync"
WITH_WEB = "web.enabled=true"
"""Its manifests stand apart: all else is as without it."""
HEAD = "# Rendered from helm/booth-sync by `make manifests`; change the chart instead.\n"
# Helm did not install these, and a hook is nothing to kubectl.
CHECKSUMS = re.compile(r"^ *annotations:\n( *checksum/.*\n)+", re.MULTILINE)
"""They are of the values at hand; whoever changes a ConfigMap restarts the pods."""
HELMS_OWN = re.compile(
    r"^ *(helm\.sh/.*|app\.kubernetes\.io/managed-by: Helm|annotations:(?=\n +helm\.sh/hook:.*))\n",
    re.MULTILINE,
)


def render_all() -> dict[Path, str]:
    """Return the text of each file that is made from the chart, by its path."""
    return {CHART / "README.md": render_readme(), **render_manifests()}


def render_manifests() -> dict[Path, str]:
    """Return the manifests of a release with the least values, one file for each template."""
    options = ["--namespace", NAMESPACE, "--values", MINIMAL, "--skip-tests", "--set", WITH_WEB]
    text = Helm(name="helm4").run("template", RELEASE, CHART, *options)
    texts: dict[str, list[str]] = {}
    for document in re.split(r"^---\n", text, flags=re.MULTILINE)[1:]:
        source, _, body = document.partition("\n")
        kept = CHECKSUMS.sub("", HELMS_OWN.sub("", body)).strip("\n")
        texts.setdefault(Path(source).name, []).append(kept)
    return {
        _choose_path(name): HEAD + "\n---\n".join(bodies) + "\n" for name, bodies in texts.items()
    }


def render_readme() -> str:
    """Return the chart's README with its table of values, as helm-docs writes it."""
    with tempfile.TemporaryDirectory() as folder:
        chart = Path(folder) / CHART.name
        shutil.copytree(CHART, chart)
        options = ["--chart-search-root", str(chart), "--sort-values-order", "file"]
        subprocess.run([find_program("helm-docs"), *options], check=True, capture_output=True)
        return (chart / "README.md").read_text()


def _choose_path(template: str) -> Path:
    parts = {"migrate.yaml": "migrate/job.yaml", "web.yaml": "web/web.yaml"}
    return ROOT / "k8s" / parts.get(template, template)


def main() -> None:
    """Write each file anew."""
    for path, text in render_all().items():
        path.write_text(text)
        sys.stdout.write(f"{path.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
