"""The pause image: the container that every pod has besides its own."""

import subprocess
from pathlib import Path

from tests.cluster.modules import BinariesMissing, Module
from tests.cluster.programs import go_environment, go_for

from .archives import write_image, write_layer
from .cached import make_once

PAUSE_IMAGE = "localhost/booth-sync/pause:1"
SOURCE = Path(__file__).with_name("pause_image")
NOBODY = "65535:65535"


def make_pause_image() -> Path:
    """Return the archive of the pause image, built once. Raises BinariesMissing without a Go."""
    key = "\0".join((SOURCE / name).read_text() for name in ("main.go", "go.mod"))
    return make_once("pause.tar", key=key, make=_make)


def _make(archive: Path, scratch: Path) -> None:
    program, layer = scratch / "pause", scratch / "layer.tar"
    module = Module(name="pause", folder=SOURCE, source="", packages={"pause": "."})
    flags = ["-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-o", str(program)]
    command: list[str | Path] = [go_for(module), "build", *flags, "."]
    ended = subprocess.run(
        command, cwd=SOURCE, env=go_environment(), check=False, capture_output=True, text=True
    )
    if ended.returncode != 0:
        raise BinariesMissing(f"go build of the pause program failed:\n{ended.stderr.strip()}")
    write_layer(layer, programs={"pause": program})
    config = {"Entrypoint": ["/pause"], "User": NOBODY}
    write_image(archive, layer=layer, tag=PAUSE_IMAGE, config=config)
