"""Where pods may connect to."""

from typing import Any

import pytest

from .helm import CHART, HELMS, RELEASE, Helm, HelmFailed, Objects, pick

PEAK = CHART / "ci" / "peak.yaml"
EVERYTHING = CHART / "ci" / "everything.yaml"
DNS = [53, 53]
TOKEN_URL = "https://user:p%40ss@[2001:db8::1]:8443/x:1/?token=a@b:9"
SECRET = {"existingSecret": "booth-sync"}


def ports(objects: Objects, name: str = RELEASE) -> list[int]:
    """Return the ports that a policy opens, rule by rule."""
    egress = pick(objects, "NetworkPolicy", name)["spec"]["egress"]
    return [port["port"] for rule in egress for port in rule["ports"]]


def test_the_run_may_reach_only_what_is_configured(helm: Helm) -> None:
    assert ports(helm.render()) == [*DNS, 5432, 443]
    assert ports(helm.render(values=PEAK)) == [*DNS, 5432, 443, 9091]
    for url, port in (
        ("http://[2001:db8::1]/x:8/", 80),
        ("https://host:8443/x/", 8443),
        ("HTTPS://host", 443),
    ):
        assert ports(helm.render(config__BOOTH_SYNC_API_URL=url)) == [*DNS, 5432, port]
    assert ports(helm.render(), f"{RELEASE}-operator") == [443, 6443]
    policy = pick(helm.render(), "NetworkPolicy", RELEASE)["spec"]
    assert (policy["policyTypes"], policy.get("ingress")) == (["Ingress", "Egress"], None)


def test_what_is_given_counts_before_what_is_derived(helm: Helm) -> None:
    assert ports(helm.render(values=EVERYTHING), "festival-booths-of-the-university-seoul") == [
        *(5353, 5353, 5433, 4317, 8080, 8081, 8443, 443),
    ]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgres://user:pass@host:5433/name?sslmode=require", [5433]),
        ("postgres://user:1234@host/name", [5432]),
        ("postgres://user:p@%zz:1@host/name", [5432]),
        ("postgresql://u:p@one:5433,two,[2001:db8::1]:5434,three:5433/name", [5433, 5432, 5434]),
        ("postgres://u:p@[2001:db8::1]/name", [5432]),
        ("postgres://u:p@host:/name", [5432]),
        ("postgres://u:p@/name?host=one,two&port=5433,5434&sslmode=require", [5433, 5434]),
        ("postgres:///name?user=u&host=one%2Ctwo&port=6432", [6432]),
        ("postgres:///name?hostaddr=2001:db8::1", [5432]),
        ("postgres://u:p@host/name?port=6432", [6432]),
        ("postgres://u:p@/name?host=%2Fvar%2Frun&port=6432", []),
        ("postgres://u:p@%2Fvar%2Frun%2Fpostgresql/name", []),
        ("postgres://%2Frun:5433,host:5434/name", [5434]),
        ("postgres:///name", []),
        ("sqlite:////tmp/db.sqlite3", []),
    ],
)
def test_the_ports_of_the_database_are_those_of_its_url(url: str, expected: list[int]) -> None:
    helm = HELMS[1]
    objects = helm.render(secrets__DATABASE_URL={"value": url, "existingSecret": ""})
    assert ports(objects) == [*DNS, *expected, 443]
    assert ports(objects, f"{RELEASE}-migrate") == [*DNS, *expected]
    assert ports(helm.render(extraEnv=[{"name": "DATABASE_URL", "value": url}])) == ports(objects)


def test_the_port_of_a_secret_address_is_read_from_it(helm: Helm) -> None:
    objects = helm.render(
        config__BOOTH_SYNC_API_URL="", secrets__BOOTH_SYNC_API_URL__value=TOKEN_URL
    )
    assert ports(objects) == [*DNS, 5432, 8443]


def test_with_a_proxy_runs_reach_the_proxy_instead(helm: Helm) -> None:
    objects = helm.render(values=PEAK, config__BOOTH_SYNC_PROXY="http://proxy.internal:3128")
    assert ports(objects) == [*DNS, 5432, 3128]
    assert ports(objects, f"{RELEASE}-migrate") == [*DNS, 5432]
    assert pick(objects, "ConfigMap")["data"]["BOOTH_SYNC_PROXY"] == "http://proxy.internal:3128"
    secret: dict[str, Any] = {"secrets__BOOTH_SYNC_PROXY__value": "http://u:canary@proxy:3129"}
    assert ports(helm.render(**secret)) == [*DNS, 5432, 3129]
    given = {"ports": [8080], "to": [{"ipBlock": {"cidr": "10.1.2.3/32"}}]}
    rules = pick(helm.render(**secret, networkPolicy__proxy=given), "NetworkPolicy", RELEASE)
    assert rules["spec"]["egress"][-1]["to"] == given["to"]
    assert rules["spec"]["egress"][-1]["ports"] == [{"port": 8080, "protocol": "TCP"}]


def test_runs_do_not_reach_the_kubernetes_api_where_its_address_is_known(helm: Helm) -> None:
    own = [{"ipBlock": {"cidr": cidr}} for cidr in ("10.96.0.1/32", "192.0.2.7/32", "fd00::1/128")]
    objects = helm.render(networkPolicy__kubernetesApi__to=own)
    for name in (RELEASE, f"{RELEASE}-migrate"):
        for rule in pick(objects, "NetworkPolicy", name)["spec"]["egress"]:
            assert rule["to"] == [
                {"namespaceSelector": {}},
                {"ipBlock": {"cidr": "0.0.0.0/0", "except": ["10.96.0.1/32", "192.0.2.7/32"]}},
                {"ipBlock": {"cidr": "::/0", "except": ["fd00::1/128"]}},
            ]
    operator = pick(objects, "NetworkPolicy", f"{RELEASE}-operator")["spec"]["egress"]
    assert [rule["to"] for rule in operator] == [own]
    kept = helm.render(values=EVERYTHING)
    policy = pick(kept, "NetworkPolicy", "festival-booths-of-the-university-seoul")["spec"]
    assert {"ipBlock": {"cidr": "203.0.113.7/32"}} in [
        each["to"][0] for each in policy["egress"][1:] if "to" in each
    ]
    assert all("to" not in rule for rule in _list_rules(helm.render()))
    wide = [{"ipBlock": {"cidr": "10.0.0.0/8"}}]  # holds much else, the database perhaps
    runs = pick(helm.render(networkPolicy__kubernetesApi__to=wide), "NetworkPolicy", RELEASE)
    assert all("to" not in rule for rule in runs["spec"]["egress"])


def _list_rules(objects: Objects) -> list[dict[str, Any]]:
    return [
        rule
        for each in objects
        if each["kind"] == "NetworkPolicy"
        for rule in each["spec"]["egress"]
    ]


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        (
            {"config__BOOTH_SYNC_API_URL": "", "secrets__BOOTH_SYNC_API_URL": SECRET},
            "dOrder",
        ),
        ({"secrets__BOOTH_SYNC_PUSHGATEWAY_URL": SECRET}, "pushgateway"),
        ({"secrets__BOOTH_SYNC_HEARTBEAT_URL": SECRET}, "heartbeat"),
        ({"secrets__BOOTH_SYNC_PROXY": SECRET}, "proxy"),
        ({"extraEnv": [{"name": "BOOTH_SYNC_PUSHGATEWAY_URL", "value": "x"}]}, "pushgateway"),
        ({"extraEnv": [{"name": "BOOTH_SYNC_API_URL_FILE", "value": "/x"}]}, "dOrder"),
    ],
    ids=str,
)
def test_a_port_that_the_chart_cannot_read_is_asked_for(
    helm: Helm, changes: dict[str, Any], part: str
) -> None:
    with pytest.raises(HelmFailed, match=rf"networkPolicy\.{part}\.ports is not set, and BOOTH"):
        helm.render(**changes)
    given: dict[str, Any] = {f"networkPolicy__{part}__ports": [8443]}
    assert 8443 in ports(helm.render(**changes, **given))
    helm.render(**changes, networkPolicy__enabled=False)


@pytest.mark.parametrize("part", ["database", "dOrder", "pushgateway"])
def test_an_empty_list_of_ports_does_not_open_all_of_them(helm: Helm, part: str) -> None:
    emptied: dict[str, Any] = {f"networkPolicy__{part}__ports": []}
    objects = helm.render(values=PEAK, **emptied)
    policies = [each for each in objects if each["kind"] == "NetworkPolicy"]
    assert len(policies) == 3
    assert all(rule["ports"] for each in policies for rule in each["spec"]["egress"])


@pytest.mark.parametrize("part", ["dns", "kubernetesApi"])
def test_an_empty_list_of_ports_is_refused_where_none_can_be_derived(helm: Helm, part: str) -> None:
    emptied: dict[str, Any] = {f"networkPolicy__{part}__ports": []}
    with pytest.raises(HelmFailed, match=f"/networkPolicy/{part}/ports': minItems: got 0, want 1"):
        helm.render(values=PEAK, **emptied)


def test_a_rule_of_ones_own_reaches_runs_and_migrations(helm: Helm) -> None:
    rule = {"ports": [{"port": 4317, "protocol": "TCP"}]}
    objects = helm.render(networkPolicy__extraEgress=[rule])
    for name in (RELEASE, f"{RELEASE}-migrate"):
        assert rule in pick(objects, "NetworkPolicy", name)["spec"]["egress"]
    with pytest.raises(HelmFailed, match="extraEgress/0': minProperties: got 0, want 1"):
        helm.render(networkPolicy__extraEgress=[{}])


def test_only_its_own_policy_governs_the_migration(helm: Helm) -> None:
    objects = helm.render()
    own = pick(objects, "NetworkPolicy", f"{RELEASE}-migrate")
    assert own["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"
    labels = pick(objects, "Job")["spec"]["template"]["metadata"]["labels"]
    assert own["spec"]["podSelector"]["matchLabels"].items() <= labels.items()
    assert labels["app.kubernetes.io/component"] == "migrate"
    selector = pick(objects, "NetworkPolicy", RELEASE)["spec"]["podSelector"]
    [term] = selector["matchExpressions"]
    assert term["key"] == "app.kubernetes.io/component"
    assert (term["operator"], term["values"]) == ("NotIn", ["migrate", "pushgateway"])
    assert ports(objects, f"{RELEASE}-migrate") == [*DNS, 5432]
