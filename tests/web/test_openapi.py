"""The OpenAPI document says what the API does."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from booth.models import Booth, SyncRun
from booth.web import tokens, urls
from booth.web.doors import DOORS, PUBLIC, Door
from booth.web.openapi import make_document
from sample_upstream import SampleUpstream

DOCUMENT = make_document()
UNDOCUMENTED = {"/booths/sync/schema/", "/booths/sync/docs/", "^booths(?:/.*)?$"}
WITHOUT_A_CLUSTER = {"/booths/sync/start/", "/booths/sync/stop/"}


def list_answers(door: Door) -> dict[str, Any]:
    answers: dict[str, Any] = DOCUMENT["paths"][door.path][door.method]["responses"]
    return answers


def check(answer: Any, documented: Any) -> None:
    """Hold a body against the schema of its answer."""
    schema = documented["content"]["application/json"]["schema"]
    Draft202012Validator(schema | {"components": DOCUMENT["components"]}).validate(answer)


def test_it_is_openapi() -> None:
    # the validator tries patterns on Python's re, which knows none of the \\p of JSON Schema
    document = re.sub(r"\\\\p\{\w\}", "x", json.dumps(DOCUMENT))
    assert document != json.dumps(DOCUMENT)
    validate(json.loads(document))


def test_it_has_exactly_the_doors_that_there_are() -> None:
    patterns: list[Any] = urls.urlpatterns
    routes = {str(each.pattern) for each in patterns} - {"console/"}
    served = {re.sub("<int:number>", "{id}", f"/{route}") for route in routes}
    documented = {door.path for door in DOORS if door.may != PUBLIC}
    assert served - {f"/{each.removeprefix('/')}" for each in UNDOCUMENTED} == documented


@pytest.mark.parametrize("door", DOORS, ids=lambda door: f"{door.method} {door.path}")
def test_each_answer_has_an_example_of_its_own_schema(door: Door) -> None:
    for status, documented in list_answers(door).items():
        if status == "304":
            continue
        content = documented["content"]["application/json"]
        shown = [each["value"] for each in content.get("examples", {}).values()]
        shown += [content["example"]] if "example" in content else []
        assert shown, status
        for example in shown:
            check(example, documented)


@pytest.fixture
def client(db: None, upstream: SampleUpstream, settings: Any) -> Client:
    """Somebody who may operate, of a site that has synced."""
    settings.BOOTH_SYNC_API_URL = upstream.url
    user = User.objects.create_user("minji", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="operate_sync"))
    _, text = tokens.issue(user, name="test")
    client = Client(headers={"Authorization": f"Token {text}"})
    assert client.post("/booths/sync/once/", content_type="application/json").status_code == 200
    SyncRun.objects.update(trigger="cli")
    return client


@pytest.mark.parametrize("door", DOORS, ids=lambda door: f"{door.method} {door.path}")
def test_what_is_answered_is_what_is_documented(client: Client, door: Door) -> None:
    rows: Any = Booth if door.may == PUBLIC else SyncRun
    path = door.path.replace("{id}", str(rows.objects.earliest("pk").pk))
    ask = client.get if door.method == "get" else client.post
    answer = ask(path, content_type="application/json")
    assert answer.status_code == (503 if door.path in WITHOUT_A_CLUSTER else 200)
    check(answer.json(), list_answers(door)[str(answer.status_code)])
    refusals = [
        ask(path, headers={"Accept": "text/html"}),
        client.put(path),
        client.generic(door.method.upper(), path, "{", content_type="application/json"),
        Client().generic(door.method.upper(), path),
    ]
    for refusal in refusals:
        assert str(refusal.status_code) in list_answers(door), refusal.status_code
        check(refusal.json(), list_answers(door)[str(refusal.status_code)])


def test_the_document_is_served_to_those_inside(db: None) -> None:
    assert Client().get("/booths/sync/schema/").json() == DOCUMENT
    assert Client(REMOTE_ADDR="203.0.113.9").get("/booths/sync/schema/").status_code == 403
