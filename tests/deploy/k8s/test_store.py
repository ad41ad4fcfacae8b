"""Rights in the store: a service writes its own database, and the keyring belongs to who seals."""

from collections.abc import Callable
from copy import deepcopy
from pathlib import PurePosixPath

import pytest

from dev.install.cluster.resources import Resource, files, named, pods, settings_of
from dev.stack.installation import COMPARTMENTS, SERVICES
from legalaid.sealed.keyring import DATABASE as KEYRING


@pytest.mark.parametrize("overlay", ["pilot", "nation"])
def test_a_service_has_its_own_database_and_of_the_keyring_what_it_needs(
    overlay: str, rendered: Callable[[str], list[Resource]]
) -> None:
    [cluster] = named(rendered(overlay), "MongoDBCommunity").values()
    assert cluster["spec"]["members"] == 3
    users = {user["name"]: user for user in cluster["spec"]["users"]}
    for service in SERVICES:
        roles = {(role["name"], role["db"]) for role in users[service]["roles"]}
        keyring = {"intake": {("readWrite", KEYRING)}}.get(
            service, {("read", KEYRING)} if COMPARTMENTS[service] else set()
        )
        assert roles == {("readWrite", service), *keyring}
        assert users[service]["connectionStringSecretName"] == f"{service}-mongodb"
    assert users.keys() - set(SERVICES) == {"backup"}


def _in_the_clear(resources: list[Resource]) -> set[str]:
    """Who would speak to the store, or let itself be spoken to, without TLS; or believes another CA than its own."""
    [cluster] = named(resources, "MongoDBCommunity").values()
    tls = cluster["spec"]["security"].get("tls", {})
    found = set() if tls.get("enabled") and not tls.get("optional") else {"the store"}
    certificate = tls.get("caCertificateSecretRef", {}).get("name"), "ca.crt"
    for template in pods(resources):
        if template.containers[0]["image"].startswith("legalaid/"):
            file = PurePosixPath(settings_of(template, resources).get("LEGALAID_MONGO__CA_FILE", ""))
            if files(template).get(file) != certificate:
                found.add(template.name)
    return found


@pytest.mark.parametrize("overlay", ["pilot", "nation"])
def test_the_store_is_spoken_to_by_tls_alone(overlay: str, rendered: Callable[[str], list[Resource]]) -> None:
    resources = rendered(overlay)
    assert _in_the_clear(resources) == set()
    [cluster] = named(resources, "MongoDBCommunity").values()
    tls = cluster["spec"]["security"]["tls"]
    [served] = [
        each["spec"]
        for each in named(resources, "Certificate").values()
        if each["spec"]["secretName"] == tls["certificateKeySecretRef"]["name"]
    ]
    assert served["dnsNames"] == [f"*.{cluster['metadata']['name']}-svc.legalaid.svc.cluster.local"]
    assert {"server auth", "client auth"} <= set(served["usages"]), "a member is a client of the others"
    assert served["secretName"] == tls["caCertificateSecretRef"]["name"], "cert-manager puts the CA beside the key"


@pytest.mark.parametrize("lacking", ["tls", "a setting", "a file"])
def test_a_way_in_the_clear_is_noticed(lacking: str, rendered: Callable[[str], list[Resource]]) -> None:
    resources = deepcopy(rendered("pilot"))
    if lacking == "tls":
        [cluster] = named(resources, "MongoDBCommunity").values()
        cluster["spec"]["security"]["tls"]["optional"] = True
        assert _in_the_clear(resources) == {"the store"}
    elif lacking == "a setting":
        [shared] = [each for each in resources if "LEGALAID_MONGO__CA_FILE" in each.get("data", {})]
        del shared["data"]["LEGALAID_MONGO__CA_FILE"]
        assert "intake-api" in _in_the_clear(resources)
    else:
        pod = named(resources, "Deployment")["routing-api"]["spec"]["template"]["spec"]
        pod["volumes"] = [each for each in pod["volumes"] if each["name"] != "mongodb-ca"]
        pod["containers"][0]["volumeMounts"] = [
            each for each in pod["containers"][0]["volumeMounts"] if each["name"] != "mongodb-ca"
        ]
        assert _in_the_clear(resources) == {"routing-api"}


@pytest.mark.parametrize("overlay", ["pilot", "nation"])
def test_every_secret_that_a_pod_names_has_a_maker(overlay: str, rendered: Callable[[str], list[Resource]]) -> None:
    """An operator, External Secrets, or in `pilot` the person who follows docs/deploy.md."""
    resources = rendered(overlay)
    [cluster] = named(resources, "MongoDBCommunity").values()
    made = {user["connectionStringSecretName"] for user in cluster["spec"]["users"]}
    made |= named(resources, "KafkaUser").keys() | {"legalaid-cluster-ca-cert"}
    made |= {each["spec"]["secretName"] for each in named(resources, "Certificate").values()}
    made |= BY_HAND if overlay == "pilot" else named(resources, "ExternalSecret").keys()
    assert _named(resources) <= made


BY_HAND = {"intake-keyring", "routing-keyring", "notify-keyring", "notify-gateway", "mongodb-passwords"}


def _named(resources: list[Resource]) -> set[str]:
    found = {
        user["passwordSecretRef"]["name"]
        for each in named(resources, "MongoDBCommunity").values()
        for user in each["spec"]["users"]
    }
    for template in pods(resources):
        found |= {secret for secret, _ in files(template).values()}
        found |= {each["secret"]["secretName"] for each in template.spec.get("volumes", ()) if "secret" in each}
    return found
