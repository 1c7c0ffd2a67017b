"""What is said about the programs that the tests build."""

from .binaries import PROGRAMS
from .modules import ALERTMANAGER, HELM_4, HELM_DOCS, KUBERNETES
from .programs import how_long


def test_it_says_how_long_that_takes_which_is_built() -> None:
    assert how_long(KUBERNETES, PROGRAMS) == "about 8 minutes on 2 cores"
    assert how_long(HELM_4, ["helm4"]) == "about 2 minutes on 2 cores"
    assert how_long(HELM_DOCS, ["helm-docs"]) == "about 1 minute on 2 cores"
    assert how_long(ALERTMANAGER, ["alertmanager", "amtool"]) == "about 2 minutes on 2 cores"
