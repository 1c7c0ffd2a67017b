"""How the environment of booth sync reaches its pods."""

import json
from typing import Any

import pytest

from .helm import CHART, CI_VALUES, HELMS, Helm, HelmFailed, Objects, list_pods, pick

EVERYTHING = CHART / "ci" / "everything.yaml"
URLS = ("BOOTH_SYNC_API_URL", "BOOTH_SYNC_PUSHGATEWAY_URL", "BOOTH_SYNC_PROXY")
CANARY = "https://user:canary@host/x/"


def render_variables(
    helm: Helm, *, config: dict[str, str], secret: dict[str, str] | None = None
) -> Objects:
    """Return the objects with these variables under ``config`` and as values of ``secrets``."""
    changes: dict[str, Any] = {f"config__{name}": value for name, value in config.items()}
    changes |= {f"secrets__{name}__value": value for name, value in (secret or {}).items()}
    return helm.render(**changes)


@pytest.mark.parametrize("name", URLS)
def test_an_address_may_be_a_secret(helm: Helm, name: str) -> None:
    objects = render_variables(helm, config={name: ""}, secret={name: CANARY})
    holders = [each for each in objects if "canary" in json.dumps(each)]
    assert [each["kind"] for each in holders] == ["Secret"] * 2  # of runs, and of the migration
    assert name not in pick(objects, "ConfigMap")["data"]
    for pod in list_pods(objects):
        file = {"name": f"{name}_FILE", "value": f"/etc/booth-sync/secrets/{name}"}
        assert file in pod["spec"]["containers"][0]["env"]


@pytest.mark.parametrize("name", URLS)
@pytest.mark.parametrize(
    "url",
    [
        CANARY,
        "user:canary@host/x",
        "//user:canary@host/",
        "https:/user:canary@host/",
        "https:\\\\user:canary@host/",
        "https://host/?token=canary",
        "https://host/x#canary",
    ],
)
def test_an_address_with_a_secret_is_refused_in_the_configuration(name: str, url: str) -> None:
    sentence = rf"(config\.{name} holds a user, a password or a query|{name} has a query)"
    for helm in HELMS:
        with pytest.raises(HelmFailed, match=sentence) as refused:
            render_variables(helm, config={name: url})
        assert "canary" not in str(refused.value)


@pytest.mark.parametrize("name", URLS)
def test_an_address_with_a_stray_password_is_refused_unseen(helm: Helm, name: str) -> None:
    assert render_variables(helm, config={name: "https://host/a@b/"})
    with pytest.raises(HelmFailed, match=rf"config\.{name} is no address") as refused:
        render_variables(helm, config={name: "https://user:can/canary@host/"})
    assert "canary" not in str(refused.value)


def test_an_address_of_ones_own_is_refused_unseen(helm: Helm) -> None:
    given = [{"name": "BOOTH_SYNC_API_URL", "value": "ftp://host/?token=canary"}]
    with pytest.raises(HelmFailed, match="extraEnv: BOOTH_SYNC_API_URL is no address") as refused:
        helm.render(extraEnv=given)
    assert "canary" not in str(refused.value)


def test_a_pushgateway_has_no_query(helm: Helm) -> None:
    name = "BOOTH_SYNC_PUSHGATEWAY_URL"
    for url in ("https://host/?token=canary", "https://u:canary@host/#x"):
        with pytest.raises(HelmFailed, match=f"{name} has a query or a fragment") as refused:
            render_variables(helm, config={}, secret={name: url})
        assert "canary" not in str(refused.value)


@pytest.mark.parametrize("name", URLS)
def test_an_address_is_given_once(helm: Helm, name: str) -> None:
    with pytest.raises(HelmFailed, match=f"{name} is set under config and under secrets"):
        render_variables(helm, config={name: "https://host/"}, secret={name: CANARY})


@pytest.mark.parametrize("name", URLS)
def test_a_secret_that_is_no_address_is_refused_unseen(helm: Helm, name: str) -> None:
    with pytest.raises(HelmFailed, match=rf"secrets\.{name}\.value is no address") as refused:
        render_variables(helm, config={name: ""}, secret={name: "canary/x"})
    assert "canary" not in str(refused.value)


@pytest.mark.parametrize("name", ["DATABASE_URL", "DATABASE_URL_FILE"])
def test_a_variable_of_ones_own_counts_instead_of_the_charts(helm: Helm, name: str) -> None:
    given = {"name": name, "value": "/vault/secrets/database"}
    objects = helm.render(extraEnv=[given], secrets__DATABASE_URL__existingSecret="")
    for pod in list_pods(objects):
        env = pod["spec"]["containers"][0]["env"]
        assert [each for each in env if each["name"].startswith("DATABASE_URL")] == [given]
    both = helm.render(extraEnv=[given])
    assert both == objects


def test_pods_need_no_secret_where_all_come_otherwise(helm: Helm) -> None:
    names = ("DATABASE_URL_FILE", "SECRET_KEY_FILE")
    objects = helm.render(extraEnv=[{"name": name, "value": "/vault/x"} for name in names])
    for pod in list_pods(objects):
        assert [each["name"] for each in pod["spec"]["volumes"]] == ["tmp"]
        mounts = pod["spec"]["containers"][0]["volumeMounts"]
        assert [each["name"] for each in mounts] == ["tmp"]


@pytest.mark.parametrize("values", CI_VALUES, ids=lambda path: path.stem)
def test_no_pod_has_a_variable_twice(helm: Helm, values: Any) -> None:
    for pod in list_pods(helm.render(values=values)):
        names = [each["name"] for each in pod["spec"]["containers"][0].get("env", [])]
        assert len(names) == len(set(names))


def test_a_plain_variable_of_ones_own_counts_too(helm: Helm) -> None:
    given = [
        {"name": name, "value": "mine"}
        for name in ("BOOTH_SYNC_LOG_FILE", "BOOTH_SYNC_POD_NAME", "TIME_ZONE")
    ]
    objects = helm.render(extraEnv=given, config__BOOTH_SYNC_LOG_FILE="/tmp/log")
    for pod in list_pods(objects):
        env = pod["spec"]["containers"][0]["env"]
        for each in given:
            assert [one for one in env if one["name"] == each["name"]] == [each]
    assert not {each["name"] for each in given} & set(pick(objects, "ConfigMap")["data"])
