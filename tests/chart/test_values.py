"""What the chart takes, what it refuses and how it says so."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from project.settings.run import env

from .helm import CHART, HELMS, Helm, HelmFailed, pick
from .test_variables import URLS

SCHEMA: dict[str, Any] = json.loads((CHART / "values.schema.json").read_text())
DEFAULTS: dict[str, Any] = yaml.safe_load((CHART / "values.yaml").read_text())
MAY_BE_NULL = {
    *("suspend", "job.startingDeadlineSeconds", "job.activeDeadlineSeconds", "resources"),
    *(
        "job.ttlSecondsAfterFinished",
        "migrations.activeDeadlineSeconds",
        "nodeSelector",
        "commonLabels",
    ),
}
MAY_NOT_BE_NULL = {
    *("config", "config.BOOTH_SYNC_ENVIRONMENT", "secrets", "secrets.DATABASE_URL", "job"),
    *("job.backoffLimit", "job.terminationGracePeriodSeconds", "migrations", "migrations.mode"),
    *("cronJobs", "timeZone", "networkPolicy", "networkPolicy.enabled", "networkPolicy.dns.ports"),
}
SET_BY_THE_CHART = {
    *("BOOTH_SYNC_CRONJOBS", "BOOTH_SYNC_NAMESPACE", "TIME_ZONE"),
    *("BOOTH_SYNC_JOB_NAME", "BOOTH_SYNC_POD_NAME"),
    *("BOOTH_SYNC_ADMIN_USERNAME", "BOOTH_SYNC_ADMIN_PASSWORD"),
}


def test_it_knows_exactly_the_variables_that_there_are() -> None:
    taken = [set(SCHEMA["properties"][part]["properties"]) for part in ("config", "secrets")]
    assert taken[0] & taken[1] == set(URLS)
    assert taken[0] | taken[1] | SET_BY_THE_CHART == set(env.variables)


def test_a_number_may_be_written_as_a_number() -> None:
    for name, rule in SCHEMA["properties"]["config"]["properties"].items():
        kind = type(env.variables[name])
        expected = {int: "#/definitions/integer", float: "#/definitions/number"}.get(kind)
        if name == "BOOTH_SYNC_HSTS_SECONDS":
            expected = "#/definitions/whole"  # 0 is a site without TLS
        assert rule.get("$ref") == expected, name


def test_the_schema_closes_every_object_of_the_values() -> None:
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    free = {"resources", "podSecurityContext", "securityContext", "labels"}

    def check(rule: dict[str, Any], value: Any, path: str) -> None:
        if "$ref" in rule:
            rule = SCHEMA["definitions"][rule["$ref"].rpartition("/")[2]]
        if not isinstance(value, dict) or not value or path in free:
            return
        assert rule["additionalProperties"] is False, path
        for name, child in value.items():
            check(rule["properties"][name], child, name)

    check(SCHEMA, values, "")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"suspended": True}, "additional properties 'suspended' not allowed"),
        ({"suspend": "true"}, "at '/suspend': got string, want null or boolean"),
        ({"suspend": 0}, "at '/suspend': got number, want null or boolean"),
        ({"config__BOOTH_SYNC_URL": "x"}, "additional properties 'BOOTH_SYNC_URL' not allowed"),
        ({"config__DATABASE_URL": "x"}, "additional properties 'DATABASE_URL' not allowed"),
        ({"config__BOOTH_SYNC_LOG_FORMAT": "xml"}, "value must be one of 'text', 'json'"),
        ({"config__BOOTH_SYNC_ENVIRONMENT": "prod"}, "must be one of 'production', 'development'"),
        ({"secrets__SECRET_KEY__secret": "x"}, "additional properties 'secret' not allowed"),
        ({"job__backoffLimit": "one"}, "at '/job/backoffLimit': got string, want integer"),
        ({"job__startingDeadlineSeconds": 5}, "startingDeadlineSeconds': minimum: got 5, want 10"),
        ({"existingSecret": "Booth_Sync"}, "at '/existingSecret': 'Booth_Sync' does not match"),
        ({"image__registry": "host/"}, "at '/image/registry': 'host/' does not match"),
        ({"operator__enabled": "yes"}, "at '/operator/enabled': got string, want boolean"),
        ({"operator__replicas": 2}, "additional properties 'replicas' not allowed"),
        ({"initContainers": [{"name": "a"}]}, "missing property 'image'"),
        ({"extraContainers": [{"name": "a"}]}, "missing property 'image'"),
        ({"dnsConfig": {"servers": []}}, "additional properties 'servers' not allowed"),
        ({"runtimeClassName": "gVisor!"}, "at '/runtimeClassName': 'gVisor!' does not match"),
        ({"global": {"imageRegistry": "host/"}}, "imageRegistry': 'host/' does not match"),
        ({"envFrom": [{}]}, "at '/envFrom/0': minProperties: got 0, want 1"),
        ({"extraObjects": [1]}, "at '/extraObjects/0': got number, want"),
        ({"hostAliases": [{}]}, "missing property 'ip'"),
        ({"topologySpreadConstraints": [{}]}, "at '/topologySpreadConstraints/0': missing"),
        ({"job__resources": {"cpu": 1}}, "additional properties 'cpu' not allowed"),
        ({"cronJobs": []}, "at '/cronJobs': minItems: got 0, want 1"),
        ({"cronJobs": [{"name": "peak"}]}, "missing property 'schedule'"),
        ({"cronJobs": [{"name": "Peak", "schedule": "@daily"}]}, "cronJobs: 'Peak' is not a name."),
        ({"cronJobs": [{"name": "", "schedule": "5m"}]}, "cronJobs: '5m' is not a schedule. Write"),
        (
            {"cronJobs": [{"name": "a", "schedule": "@daily"}] * 2},
            "cronJobs has two entries of the same name. Give each one its own name",
        ),
        (
            {"image__repository": "booth-sync:1.0"},
            "image.repository: 'booth-sync:1.0' is not",
        ),
        ({"image__digest": "0123"}, "image.digest: '0123' is not a digest. Write"),
        ({"imagePullSecrets": ["registry"]}, "got string, want object"),
        ({"imagePullSecrets": [{"name": ""}]}, "minLength: got 0, want 1"),
        ({"timeZone": "2026"}, "timeZone: '2026' is not the name of a time zone. Write"),
        (
            {"timeZone": "Asia Seoul"},
            "timeZone: 'Asia Seoul' is not the name of",
        ),
        ({"config__BOOTH_SYNC_LEASE": "three"}, "BOOTH_SYNC_LEASE': 'three' does not match"),
        ({"config__BOOTH_SYNC_LEASE": -1}, "BOOTH_SYNC_LEASE': exclusiveMinimum: got -1, want 0"),
        ({"config__BOOTH_SYNC_MAX_ATTEMPTS": 1.5}, "got number, want integer"),
        (
            {"secrets__SECRET_KEY": {"value": "short", "existingSecret": ""}},
            "secrets.SECRET_KEY.value is shorter than 50 characters, and every run would refuse it",
        ),
        ({"fullnameOverride": "x" * 41}, "maxLength: got 41, want 40"),
        ({"networkPolicy__database__ports": ["5432"]}, "got string, want integer"),
        ({"config__BOOTH_SYNC_API_URL": ""}, "config.BOOTH_SYNC_API_URL is not set. Give the"),
        ({"config__BOOTH_SYNC_API_URL": "host/x"}, "is 'host/x', which is no address. Write it"),
        ({"secrets__DATABASE_URL__existingSecret": ""}, "secrets.DATABASE_URL is not set. Name a"),
        ({"secrets__SECRET_KEY__existingSecret": ""}, "secrets.SECRET_KEY is not set. Name a"),
        (
            {"serviceAccounts": {"run": {"name": "one"}, "operator": {"name": "one"}}},
            "are the same account. Runs must not have the operator's rights: give them different",
        ),
    ],
    ids=json.dumps,
)
def test_it_refuses_a_mistake_and_says_which(
    helm: Helm, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(HelmFailed) as refused:
        helm.render(**changes)
    assert message in str(refused.value)


def list_paths(values: dict[str, Any], prefix: str = "") -> Iterator[str]:
    """Return the dotted path of each value, of groups too."""
    for name, value in values.items():
        yield f"{prefix}{name}"
        if isinstance(value, dict):
            yield from list_paths(value, f"{prefix}{name}.")


def find_refusal(changes: dict[str, Any]) -> str:
    """Return what Helm says against these values, nothing where it takes them."""
    try:
        HELMS[1].render(**changes)
    except HelmFailed as refused:
        return str(refused)
    return ""


@pytest.mark.parametrize("path", [*list_paths(DEFAULTS)])
def test_null_is_taken_or_refused_by_a_sentence(path: str) -> None:
    refusal = find_refusal({path.replace(".", "__"): None})
    assert bool(refusal) or path not in MAY_NOT_BE_NULL
    assert not refusal or path not in MAY_BE_NULL
    missing = f"missing property '{path.rpartition('.')[2]}'"
    unset = f"{path.removesuffix('.existingSecret')} is not set. "
    assert not refusal or missing in refusal or unset in refusal


def test_a_number_that_is_null_is_no_zero(helm: Helm) -> None:
    numbers = ("startingDeadlineSeconds", "activeDeadlineSeconds", "ttlSecondsAfterFinished")
    changes: dict[str, Any] = {f"job__{name}": None for name in numbers}
    objects = helm.render(**changes, migrations__activeDeadlineSeconds=None)
    cronjob = pick(objects, "CronJob")["spec"]
    for spec in (cronjob, cronjob["jobTemplate"]["spec"], pick(objects, "Job")["spec"]):
        assert not spec.keys() & set(numbers)
    zero = pick(helm.render(job__ttlSecondsAfterFinished=0), "CronJob")["spec"]["jobTemplate"]
    assert zero["spec"]["ttlSecondsAfterFinished"] == 0


@pytest.mark.parametrize(
    "schedule",
    [
        "a b c d e",
        "* * * *",
        "* * * * * *",
        "60 * * * *",
        "* 24 * * *",
        "*/0 * * * *",
        "5,,6 * * * *",
    ],
)
def test_what_is_no_schedule_is_refused(helm: Helm, schedule: str) -> None:
    with pytest.raises(HelmFailed, match=r"is not a schedule\. Write five fields"):
        helm.render(cronJobs=[{"name": "", "schedule": schedule}])


@pytest.mark.parametrize(
    "schedule",
    [
        "@hourly",
        "*/2 20-23,0-1 * * 5,6",
        "0 9 1 JAN-dec mon-fri",
        "05  7 ? * *",
        "0-59/7 * 31 12 0",
    ],
)
def test_a_schedule_is_taken(schedule: str) -> None:
    objects = HELMS[0].render(cronJobs=[{"name": "", "schedule": schedule}])
    assert pick(objects, "CronJob")["spec"]["schedule"] == schedule


def test_no_description_of_a_value_is_that_of_another() -> None:
    said = {
        name: rule["description"]
        for name, rule in SCHEMA["properties"].items()
        if "description" in rule
    }
    assert said == {"global": "Set by a parent chart; imageRegistry is used."}


@pytest.mark.parametrize("changes", [{}, {"suspend": None}], ids=json.dumps)
def test_suspend_is_not_rendered(helm: Helm, changes: dict[str, Any]) -> None:
    cronjob = pick(helm.render(**changes), "CronJob")
    assert "suspend" not in cronjob["spec"]


@pytest.mark.parametrize("wanted", [True, False])
def test_suspend_is_rendered_where_it_is_a_boolean(helm: Helm, wanted: bool) -> None:
    assert pick(helm.render(suspend=wanted), "CronJob")["spec"]["suspend"] is wanted


def test_a_large_number_keeps_its_digits(helm: Helm) -> None:
    objects = helm.render(config__BOOTH_SYNC_MAX_BYTES=33554432, job__ttlSecondsAfterFinished=10**7)
    assert pick(objects, "ConfigMap")["data"]["BOOTH_SYNC_MAX_BYTES"] == "33554432"
    job = pick(objects, "CronJob")["spec"]["jobTemplate"]["spec"]
    assert job["ttlSecondsAfterFinished"] == 10**7


def test_a_secret_stands_in_secrets_and_nowhere_else(helm: Helm) -> None:
    objects = helm.render(secrets__BOOTH_SYNC_API_TOKEN__value='to"ken: 한글')
    holders = [each for each in objects if "ken: 한글" in json.dumps(each, ensure_ascii=False)]
    assert {each["kind"] for each in holders} == {"Secret"}
    assert [each["stringData"] for each in holders] == [
        {"BOOTH_SYNC_API_TOKEN": 'to"ken: 한글'}
    ] * 2  # the chart's own, and the one of the migration before an upgrade


def test_a_secret_of_ones_own_counts_before_a_value(helm: Helm) -> None:
    objects = helm.render(secrets__SECRET_KEY__value="never-used")
    assert "never-used" not in json.dumps(objects)
    assert not [each for each in objects if each["kind"] == "Secret"]
