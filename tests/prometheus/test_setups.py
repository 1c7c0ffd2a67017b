"""The set-ups of docs/observability.md, each with a Prometheus of its own."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from booth.config.options import PushOptions
from booth.sync.push import push
from tests.cluster.modules import PROMETHEUS as PROGRAMS
from tests.cluster.waiting import wait_for
from tests.conftest import ROOT
from tests.pushgateway.real import serving_gateway
from tests.pushgateway.test_push import SUCCESS

from .cases import CASES
from .evening import INSTANCE, Evening
from .examples import PROMETHEUS, fill_prometheus
from .expressions import DASHBOARD, RULES, fill, list_rules
from .servers import serving_prometheus
from .versions import NEWEST, VERSIONS, find

PAGE = (ROOT / "docs" / "observability.md").read_text()
NONE_AFTER_A_STOP = ("다음 실행 (next run)", "예정보다 늦은 시간 (behind the schedule)")
OURS = '{__name__=~"booth_sync_.+"}'


@pytest.mark.parametrize("version", VERSIONS)
def test_the_example_is_a_configuration(version: str, tmp_path: Path) -> None:
    for path in (PROMETHEUS, RULES):
        shutil.copy(path, tmp_path)
    command: list[str | Path] = [find("promtool", version=version), "check", "config"]
    ended = subprocess.run(
        [*command, tmp_path / PROMETHEUS.name], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.parametrize("program", ["prometheus", "promtool"])
def test_the_newest_is_of_the_version_that_its_module_names(program: str) -> None:
    """Prometheus 3.16.0 is the module v0.316.0, and a program built from it does not know."""
    [(minor, patch)] = re.findall(r"^v0\.3(\d\d)\.(\d+)$", PROGRAMS.pinned_version(PROGRAMS.source))
    ended = subprocess.run([find(program), "--version"], capture_output=True, text=True, check=True)
    assert f"version 3.{int(minor)}.{patch} " in ended.stdout
    assert f"3.{int(minor)}" == NEWEST


def fill_managed(evening: Evening, *, rules: Path, change: dict[str, Any]) -> dict[str, Any]:
    """Return a configuration that honors no labels, as a managed Prometheus has it."""
    config = fill_prometheus(rules=rules, targets=evening.addresses)
    for job in config["scrape_configs"][:2]:
        job.pop("metric_relabel_configs")
        job |= {"honor_labels": False, **change}
    return config


def test_labels_can_be_put_back_where_they_are_not_honored(
    evening: Evening, tmp_path: Path
) -> None:
    [block] = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    config = fill_managed(evening, rules=evening.rules, change=yaml.safe_load(block))

    def list_series(watcher: Any) -> set[tuple[tuple[str, str], ...]]:
        return {tuple(sorted(each["metric"].items())) for each in watcher.ask(OURS)}

    program = find("prometheus")
    with serving_prometheus(program, config, folder=tmp_path / "managed") as managed:
        wanted = list_series(evening.watchers[NEWEST])
        assert len(wanted) > 40
        wait_for(lambda: list_series(managed) == wanted)


def test_or_what_asks_can_be_changed(evening: Evening, tmp_path: Path) -> None:
    commands = re.findall(r"^    sed -E '(.+)' (\S+)$", PAGE, re.MULTILINE)
    assert [name for _, name in commands] == [RULES.name, DASHBOARD.name]
    for (script, name), path in zip(commands, (evening.rules, DASHBOARD), strict=True):
        with (tmp_path / name).open("wb") as changed:
            subprocess.run(["sed", "-E", script, path], stdout=changed, check=True)
    config = fill_managed(evening, rules=tmp_path / RULES.name, change={})
    program = find("prometheus")
    with serving_prometheus(program, config, folder=tmp_path / "managed") as managed:

        def list_firing() -> set[tuple[str, str | None]]:
            found = [each["metric"] for each in managed.ask('ALERTS{alertstate="firing"}')]
            return {(each["alertname"], each.get("exported_instance")) for each in found}

        expected = {("BoothSyncStoppedTooLong", INSTANCE), ("BoothSyncPushFailing", INSTANCE)}
        wait_for(lambda: list_firing() >= expected)
        dashboard = yaml.safe_load((tmp_path / DASHBOARD.name).read_text())
        open_variables = {each["name"]: ".*" for each in dashboard["templating"]["list"]}
        for panel in dashboard["panels"]:
            for target in panel.get("targets", []):
                if panel["title"] not in NONE_AFTER_A_STOP:
                    assert managed.ask(fill(target["expr"], open_variables)), panel["title"]


def test_the_page_says_which_alerts_need_the_gateway() -> None:
    rows = re.findall(r"^\| (.*BoothSync.*) \| (.*) \|$", PAGE, re.MULTILINE)
    [(kept, lost)] = [tuple(map(_list_alerts, row)) for row in rows]
    of_cluster = {"BoothSyncNotScheduled", "BoothSyncJobFailed"}
    assert kept | lost | of_cluster == {rule["alert"] for rule in list_rules() if "alert" in rule}
    without = [expected for name, (_, expected) in CASES.items() if "no Pushgateway" in name]
    fired = {alert for told in without for alerts in told.values() for alert in alerts}
    assert fired | {"BoothSyncMetricsAbsent"} == kept


def _list_alerts(cell: str) -> set[str]:
    return set(re.findall(r"BoothSync\w+", cell))


def test_an_instance_can_be_taken_off_the_gateway(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "deploy.md").read_text()
    [command] = re.findall(r"^\$ (instance=.*)\n\$ (curl .*)$", page, re.MULTILINE)
    with serving_gateway(tmp_path) as url:
        for name in (INSTANCE, "other"):
            push(SUCCESS, options=PushOptions(url=url, instance=name))
        line = "\n".join(command).replace("http://pushgateway:9091", url)
        subprocess.run(["bash", "-euc", line], check=True, timeout=30)
        left = requests.get(f"{url}/metrics", timeout=10).text
    assert f'instance="{INSTANCE}"' not in left
    assert 'instance="other"' in left
