"""The web part of the chart: what leads to it, who it is, and what it needs."""

from __future__ import annotations

from typing import Any

import pytest

from .helm import CHART, HELMS, RELEASE, Helm, HelmFailed, Objects, pick

WEB, MONITORING = CHART / "ci" / "web.yaml", CHART / "ci" / "monitoring.yaml"
NAME = f"{RELEASE}-web"
KINDS = {"Deployment", "Service", "PodDisruptionBudget", "Ingress", "HTTPRoute", "ServiceMonitor"}


def find_container(objects: Objects) -> dict[str, Any]:
    """Return the container of the web part."""
    [container] = pick(objects, "Deployment", NAME)["spec"]["template"]["spec"]["containers"]
    return dict(container)


def find_variables(objects: Objects) -> dict[str, str]:
    """Return the variables of the web part that have values."""
    return {
        each["name"]: each["value"] for each in find_container(objects)["env"] if "value" in each
    }


def test_there_is_none_where_nobody_asks_for_it(helm: Helm) -> None:
    assert not KINDS & {each["kind"] for each in helm.render()}


def test_all_that_leads_to_it_agrees(helm: Helm) -> None:
    for values, routes in ((WEB, 1), (MONITORING, 1)):
        objects = helm.render(values=values)
        deployment = pick(objects, "Deployment", NAME)
        labels = deployment["spec"]["template"]["metadata"]["labels"]
        service = pick(objects, "Service", NAME)
        assert service["spec"]["selector"].items() <= labels.items()
        assert deployment["spec"]["selector"]["matchLabels"] == service["spec"]["selector"]
        [port] = service["spec"]["ports"]
        assert port["targetPort"] in [each["name"] for each in find_container(objects)["ports"]]
        backends = [
            path["backend"]["service"]
            for each in objects
            if each["kind"] == "Ingress"
            for rule in each["spec"]["rules"]
            for path in rule["http"]["paths"]
        ]
        assert all(each == {"name": NAME, "port": {"name": "http"}} for each in backends)
        refs = [
            ref
            for each in objects
            if each["kind"] == "HTTPRoute"
            for rule in each["spec"]["rules"]
            for ref in rule["backendRefs"]
        ]
        assert all(each == {"name": NAME, "port": port["port"]} for each in refs)
        assert len(backends) + len(refs) == routes


def test_it_answers_to_the_names_that_lead_to_it(helm: Helm) -> None:
    ends = ("", ".festival", ".festival.svc", ".festival.svc.cluster.local")
    names = [f"{NAME}{end}" for end in ends]
    inside = ["localhost", "127.0.0.1", "[::1]", *names]
    for values, outside in (
        (WEB, ["booths.example"]),
        (MONITORING, ["booths.example", ".festival.example"]),
    ):
        hosts = find_variables(helm.render(values=values))["ALLOWED_HOSTS"]
        assert hosts.split(",") == inside + outside
    own = helm.render(values=WEB, config__ALLOWED_HOSTS="mine.example")
    assert "ALLOWED_HOSTS" not in find_variables(own)
    assert pick(own, "ConfigMap")["data"]["ALLOWED_HOSTS"] == "mine.example"


def test_it_is_the_operator_and_restricted(helm: Helm) -> None:
    spec = pick(helm.render(values=WEB), "Deployment", NAME)["spec"]["template"]["spec"]
    assert spec["serviceAccountName"] == f"{RELEASE}-operator"
    assert (spec["automountServiceAccountToken"], spec["restartPolicy"]) == (True, "Always")
    context = spec["containers"][0]["securityContext"]
    assert context["readOnlyRootFilesystem"] is True
    assert context["capabilities"] == {"drop": ["ALL"]}
    assert spec["terminationGracePeriodSeconds"] == 85


def test_an_upgrade_loses_no_request_and_a_change_of_settings_is_one(helm: Helm) -> None:
    def render(**changes: Any) -> dict[str, Any]:
        return dict(pick(helm.render(values=WEB, **changes), "Deployment", NAME)["spec"])

    spec = render()
    assert spec["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
    assert "sleep" in str(spec["template"]["spec"]["containers"][0]["lifecycle"]["preStop"])
    template = spec["template"]
    assert render(job__backoffLimit=2)["template"] == template
    assert render(config__BOOTH_SYNC_STALE_AFTER=600)["template"] != template
    secret = {"secrets__SECRET_KEY__value": "a-text-of-more-than-fifty-characters-0123456789abcdef"}
    assert render(**secret)["template"] != template


def test_a_database_that_is_away_takes_no_page_away(helm: Helm) -> None:
    container = find_container(helm.render(values=WEB))
    paths = {name: container[name]["httpGet"]["path"] for name in container if "Probe" in name}
    assert paths == {
        "startupProbe": "/readyz",
        "readinessProbe": "/healthz",
        "livenessProbe": "/healthz",
    }


@pytest.mark.parametrize(("listen", "told"), [("0.0.0.0", "0.0.0.0:8000"), ("::", "[::]:8000")])
def test_it_listens_where_it_is_told(helm: Helm, listen: str, told: str) -> None:
    assert told in find_container(helm.render(values=WEB, web__listen=listen))["command"]


def test_one_pod_alone_has_no_budget(helm: Helm) -> None:
    budget = pick(helm.render(values=WEB), "PodDisruptionBudget", NAME)["spec"]
    assert budget["maxUnavailable"] == 1
    alone = helm.render(values=WEB, web__replicas=1)
    assert "PodDisruptionBudget" not in {each["kind"] for each in alone}


def test_only_the_administrators_job_gets_the_administrators_secret(helm: Helm) -> None:
    objects = helm.render(values=WEB)
    holders = [each for each in objects if "booth-sync-admin" in str(each.get("spec"))]
    assert [each["metadata"]["name"] for each in holders] == [f"{RELEASE}-admin"]
    job = pick(objects, "Job", f"{RELEASE}-admin")
    spec = job["spec"]["template"]["spec"]
    assert job["metadata"]["annotations"]["helm.sh/hook"] == "post-install,post-upgrade"
    assert spec["automountServiceAccountToken"] is False
    assert spec["containers"][0]["args"] == ["booth_admin"]
    files = {
        item["path"]: (source["secret"]["name"], item["key"])
        for source in spec["volumes"][1]["projected"]["sources"]
        for item in source["secret"]["items"]
    }
    assert files["BOOTH_SYNC_ADMIN_USERNAME"] == ("booth-sync-admin", "username")
    assert files["BOOTH_SYNC_ADMIN_PASSWORD"] == ("booth-sync-admin", "password")
    assert {f"{name}_FILE" for name in files} <= {
        each["name"] for each in spec["containers"][0]["env"]
    }


def test_each_side_is_scraped_under_the_names_it_gives_itself(helm: Helm) -> None:
    objects = helm.render(values=MONITORING)
    for name in ("web", "pushgateway"):
        spec = pick(objects, "ServiceMonitor", f"{RELEASE}-{name}")["spec"]
        [endpoint] = spec["endpoints"]
        assert (endpoint["honorLabels"], endpoint["interval"]) == (True, "15s")
        labels = pick(objects, "Service", f"{RELEASE}-{name}")["metadata"]["labels"]
        assert spec["selector"]["matchLabels"].items() <= labels.items()
        assert ("authorization" in endpoint) is (name == "web")
    token = {"name": "booth-sync-scrape", "key": "token"}
    web = pick(objects, "ServiceMonitor", NAME)["spec"]["endpoints"][0]
    assert web["authorization"] == {"type": "Bearer", "credentials": token}
    networks = {"config__BOOTH_SYNC_ALLOWED_CIDRS": "10.1.0.0/16"}
    open_to = helm.render(values=MONITORING, serviceMonitor__tokenSecret__name="", **networks)
    assert "authorization" not in str(pick(open_to, "ServiceMonitor", NAME))


def test_runs_push_to_the_pushgateway_of_the_release(helm: Helm) -> None:
    objects = helm.render(values=MONITORING)
    url = pick(objects, "ConfigMap", RELEASE)["data"]["BOOTH_SYNC_PUSHGATEWAY_URL"]
    [port] = pick(objects, "Service", f"{RELEASE}-pushgateway")["spec"]["ports"]
    assert url == f"http://{RELEASE}-pushgateway:{port['port']}"
    deployment = pick(objects, "Deployment", f"{RELEASE}-pushgateway")["spec"]
    labels = deployment["template"]["metadata"]["labels"]
    egress = pick(objects, "NetworkPolicy", RELEASE)["spec"]["egress"]
    [rule] = [each for each in egress if "pushgateway" in str(each)]
    assert rule["ports"] == [{"port": 9091, "protocol": "TCP"}]
    assert rule["to"][0]["podSelector"]["matchLabels"].items() <= labels.items()
    spec = deployment["template"]["spec"]
    assert spec["automountServiceAccountToken"] is False
    assert spec["containers"][0]["securityContext"]["readOnlyRootFilesystem"] is True
    image = {"registry": "registry.example", "repository": "gate", "tag": "2", "digest": ""}
    own = helm.render(values=MONITORING, pushgateway__image=image)
    [container] = pick(own, "Deployment", f"{RELEASE}-pushgateway")["spec"]["template"]["spec"][
        "containers"
    ]
    assert container["image"] == "registry.example/gate:2"


def test_who_may_come_is_who_is_named_and_the_release(helm: Helm) -> None:
    def list_peers(name: str, **changes: Any) -> list[str]:
        objects = helm.render(values=MONITORING, **changes)
        [rule] = pick(objects, "NetworkPolicy", name)["spec"]["ingress"]
        return [str(peer) for peer in rule.get("from", ["anybody"])]

    assert list_peers(NAME) == ["anybody"]
    named = [{"ipBlock": {"cidr": "10.9.0.0/16"}}]
    of_web = list_peers(NAME, networkPolicy__web__from=named)
    assert "web-test" in of_web[0]
    assert of_web[1:] == [str(named[0])]
    of_gateway = list_peers(f"{RELEASE}-pushgateway")
    assert "'app.kubernetes.io/instance': 'booth-sync'" in of_gateway[0]
    assert "monitoring" in of_gateway[1]
    assert list_peers(f"{RELEASE}-pushgateway", networkPolicy__pushgateway__from=[]) == ["anybody"]


def test_the_web_part_reaches_the_kubernetes_api(helm: Helm) -> None:
    [term] = pick(helm.render(values=WEB), "NetworkPolicy", f"{RELEASE}-operator")["spec"][
        "podSelector"
    ]["matchExpressions"]
    assert (term["operator"], term["values"]) == ("In", ["operator", "web"])


def test_a_service_that_is_reached_from_outside_keeps_addresses(helm: Helm) -> None:
    hosts: dict[str, Any] = {"web__enabled": True, "config__ALLOWED_HOSTS": "booths.example"}
    service = pick(helm.render(web__service__type="LoadBalancer", **hosts), "Service", NAME)
    assert service["spec"]["externalTrafficPolicy"] == "Local"
    assert "externalTrafficPolicy" not in pick(helm.render(**hosts), "Service", NAME)["spec"]


def test_the_administrator_comes_after_the_migration_and_the_secret_may_go(helm: Helm) -> None:
    argo = {"argocd.argoproj.io/hook": "Sync"}
    objects = helm.render(values=WEB, migrations__annotations=argo)
    jobs = [pick(objects, "Job", f"{RELEASE}-{name}") for name in ("migrate", "admin")]
    told = [each["metadata"]["annotations"] for each in jobs]
    assert all(argo.items() <= each.items() for each in told)
    assert [each.get("helm.sh/hook-weight", "0") for each in told] == ["0", "1"]
    [volume] = [
        each for each in jobs[1]["spec"]["template"]["spec"]["volumes"] if each["name"] == "secrets"
    ]
    sources = {each["secret"]["name"]: each["secret"] for each in volume["projected"]["sources"]}
    assert sources["booth-sync-admin"]["optional"] is True
    assert "optional" not in sources["booth-sync"]


def test_a_variable_of_the_administrator_may_come_from_elsewhere(helm: Helm) -> None:
    own = {"name": "BOOTH_SYNC_ADMIN_PASSWORD_FILE", "value": "/vault/password"}
    job = pick(helm.render(values=WEB, extraEnv=[own]), "Job", f"{RELEASE}-admin")
    names = [each["name"] for each in job["spec"]["template"]["spec"]["containers"][0]["env"]]
    assert names.count(own["name"]) == 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"web__ingress__enabled": True}, "which is not enabled"),
        ({"web__admin__existingSecret": "x"}, "which is not enabled"),
        ({"web__enabled": True, "web__ingress__enabled": True}, r"web\.ingress\.hosts is empty"),
        (
            {"web__enabled": True, "web__httpRoute__enabled": True},
            r"web\.httpRoute needs hostnames and parentRefs",
        ),
        ({"serviceMonitor__enabled": True}, "this release has nothing to scrape"),
        (
            {"pushgateway__enabled": True, "config__BOOTH_SYNC_PUSHGATEWAY_URL": "http://g:9091"},
            "names another one",
        ),
        (
            {"pushgateway__enabled": True, "config__BOOTH_SYNC_PROXY": "http://proxy:3128"},
            "does not lead into the cluster",
        ),
        (
            {"web__enabled": True, "serviceMonitor__enabled": True},
            "the web part would refuse Prometheus",
        ),
        ({"web__enabled": True, "web__listen": "127.0.0.1"}, "neither probes nor the Service"),
        ({"web__enabled": True, "web__listen": "::1"}, "neither probes nor the Service"),
        ({"web__enabled": True, "web__service__type": "LoadBalancer"}, "config.ALLOWED_HOSTS="),
        (
            {"web__enabled": True, "web__admin__existingSecret": "x", "migrations__mode": "none"},
            "the administrator is made after the migration",
        ),
        ({"web__enabled": True, "fullnameOverride": "2026"}, "'2026' is no name for a Service"),
        ({"pushgateway__enabled": True, "fullnameOverride": "2026"}, "is no name for a Service"),
        ({"pushgateway__image__repository": "prom/pushgateway:v1"}, "the name of an image alone"),
        ({"pushgateway__image__digest": "abc"}, "'abc' is not a digest"),
        ({"pushgateway__image__tag": ""}, "/pushgateway/image/tag"),
        ({"serviceMonitor__labels": {"app.kubernetes.io/name": "x"}}, "a label of the chart's own"),
        ({"alerts__labels": {"helm.sh/chart": "x"}}, "a label of the chart's own"),
        ({"dashboard__labels": {"helm.sh/chart": "x"}}, "a label of the chart's own"),
        ({"web__httpRoute__parentRefs": [{"namespace": "x"}]}, "/web/httpRoute/parentRefs/0"),
        ({"web__ingress__hosts": ["a..example"]}, "/web/ingress/hosts/0"),
        ({"web__replicas": 0}, "/web/replicas"),
        ({"web__ingress__hosts": ["https://booths.example"]}, "/web/ingress/hosts/0"),
        ({"web__service__type": "ExternalName"}, "/web/service/type"),
        ({"web__port": 8000}, "additional properties 'port' not allowed"),
    ],
    ids=str,
)
def test_what_cannot_be_is_told(changes: dict[str, Any], sentence: str) -> None:
    for helm in HELMS:
        with pytest.raises(HelmFailed, match=sentence):
            helm.render(**changes)
