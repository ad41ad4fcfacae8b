"""Rights in the store: a service writes its own database, and the keyring belongs to who seals."""

from collections.abc import Callable

import pytest

from dev.cluster.manifests import named
from dev.kustomize import Resource
from dev.services import COMPARTMENTS, SERVICES
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


@pytest.mark.parametrize("overlay", ["pilot", "nation"])
def test_every_secret_that_a_pod_names_has_a_maker(overlay: str, rendered: Callable[[str], list[Resource]]) -> None:
    """An operator, External Secrets, or in `pilot` the person who follows docs/deploy.md."""
    resources = rendered(overlay)
    [cluster] = named(resources, "MongoDBCommunity").values()
    made = {user["connectionStringSecretName"] for user in cluster["spec"]["users"]}
    made |= named(resources, "KafkaUser").keys() | {"legalaid-cluster-ca-cert"}
    made |= BY_HAND if overlay == "pilot" else named(resources, "ExternalSecret").keys()
    assert set(_named(resources)) <= made


BY_HAND = {"intake-keyring", "routing-keyring", "notify-keyring", "notify-gateway", "mongodb-passwords"}


def _named(resources: list[Resource]) -> list[str]:
    found = [
        user["passwordSecretRef"]["name"]
        for each in named(resources, "MongoDBCommunity").values()
        for user in each["spec"]["users"]
    ]
    for kind in ("Deployment", "Job"):
        for each in named(resources, kind).values():
            pod = each["spec"]["template"]["spec"]
            found += [volume["secret"]["secretName"] for volume in pod.get("volumes", ()) if "secret" in volume]
            found += [
                variable["valueFrom"]["secretKeyRef"]["name"]
                for variable in pod["containers"][0].get("env", ())
                if "valueFrom" in variable
            ]
    return found
