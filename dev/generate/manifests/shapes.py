"""The kinds of operators, as far as the manifests use them: every field that may stand there, and what it holds.

Written by hand from the operators' documentation (Strimzi 1.2, MCK 1.10, cert-manager 1.21, KEDA 2.20, External Secrets
2.9, Prometheus Operator 0.93). It is closed, so a mistyped field is noticed; what an operator wants beyond it, only its
own definitions know (LEGALAID_CRDS in test_schemas.py).
"""

from collections.abc import Iterator
from typing import Any

Shape = Any
"""A type; fields, those with a question mark may be absent; a list with the shape of each item; a set of values."""

_RESOURCES = {"requests": dict, "limits": dict}
_CONTAINER = {"securityContext": dict}
_REF = {"name": str, "key": str}
_ALERT = {"alert": str, "expr": str, "for?": str, "labels": dict, "annotations": dict, "keep_firing_for?": str}
_RECORD = {"record": str, "expr": str, "labels?": dict}

SHAPES: dict[tuple[str, str], Shape] = {
    ("kafka.strimzi.io/v1", "KafkaTopic"): {"partitions": int, "replicas": int, "config": dict},
    ("kafka.strimzi.io/v1", "KafkaUser"): {
        "authentication": {"type": {"scram-sha-512"}},
        "authorization": {
            "type": {"simple"},
            "acls": [
                {
                    "resource": {"type": {"topic", "group"}, "name": str, "patternType": {"literal"}},
                    "operations": [{"Describe", "Read", "Write"}],
                }
            ],
        },
    },
    ("kafka.strimzi.io/v1", "KafkaNodePool"): {
        "replicas": int,
        "roles": [{"controller", "broker"}],
        "storage": {
            "type": {"jbod"},
            "volumes": [
                {
                    "id": int,
                    "type": {"persistent-claim"},
                    "size": str,
                    "deleteClaim": bool,
                    "kraftMetadata?": {"shared"},
                    "class?": str,
                }
            ],
        },
        "resources": _RESOURCES,
        "jvmOptions": {"-Xms": str, "-Xmx": str},
    },
    ("kafka.strimzi.io/v1", "Kafka"): {
        "kafka": {
            "version": str,
            "metadataVersion": str,
            "listeners": [
                {
                    "name": str,
                    "port": int,
                    "type": {"internal"},
                    "tls": bool,
                    "authentication": {"type": {"scram-sha-512"}},
                    "networkPolicyPeers": [dict],
                }
            ],
            "authorization": {"type": {"simple"}},
            "config": dict,
            "template": {
                "pod": {"securityContext": dict, "topologySpreadConstraints": [dict]},
                "kafkaContainer": _CONTAINER,
            },
        },
        "entityOperator": {
            "topicOperator": {"resources": _RESOURCES},
            "userOperator": {"resources": _RESOURCES},
            "template": {
                "pod": {"securityContext": dict},
                "topicOperatorContainer": _CONTAINER,
                "userOperatorContainer": _CONTAINER,
            },
        },
    },
    ("mongodbcommunity.mongodb.com/v1", "MongoDBCommunity"): {
        "type": {"ReplicaSet"},
        "members": int,
        "version": str,
        "featureCompatibilityVersion": str,
        "security": {
            "authentication": {"modes": [{"SCRAM"}]},
            "tls": {
                "enabled": bool,
                "certificateKeySecretRef": {"name": str},
                "caCertificateSecretRef": {"name": str},
            },
        },
        "users": [
            {
                "name": str,
                "db": {"admin"},
                "passwordSecretRef": _REF,
                "scramCredentialsSecretName": str,
                "connectionStringSecretName": str,
                "roles": [{"name": {"read", "readWrite", "backup", "restore"}, "db": str}],
            }
        ],
        "additionalMongodConfig": dict,
        "statefulSet": {"spec": dict},
    },
    ("cert-manager.io/v1", "Issuer"): ({"selfSigned": dict}, {"ca": {"secretName": str}}),
    ("cert-manager.io/v1", "Certificate"): {
        "isCA?": bool,
        "commonName?": str,
        "secretName": str,
        "dnsNames?": [str],
        "usages?": [{"server auth", "client auth"}],
        "duration": str,
        "renewBefore?": str,
        "privateKey": {"algorithm": {"ECDSA"}, "size": int, "encoding?": {"PKCS8"}, "rotationPolicy?": {"Always"}},
        "issuerRef": {"name": str, "kind": {"Issuer"}},
    },
    ("keda.sh/v1alpha1", "ScaledObject"): {
        "scaleTargetRef": {"name": str},
        "minReplicaCount": int,
        "maxReplicaCount": int,
        "pollingInterval": int,
        "advanced": {"horizontalPodAutoscalerConfig": {"behavior": {"scaleUp": dict, "scaleDown": dict}}},
        "triggers": [
            {
                "type": {"kafka"},
                "metadata": {
                    "bootstrapServers": str,
                    "consumerGroup": str,
                    "lagThreshold": str,
                    "offsetResetPolicy": {"earliest"},
                    "version": str,
                    "sasl": {"scram_sha512"},
                    "tls": {"enable"},
                },
                "authenticationRef": {"name": str},
            }
        ],
    },
    ("keda.sh/v1alpha1", "TriggerAuthentication"): {
        "secretTargetRef": [{"parameter": {"username", "password", "ca"}, **_REF}]
    },
    ("external-secrets.io/v1", "ExternalSecret"): {
        "refreshInterval": str,
        "secretStoreRef": {"kind": {"SecretStore"}, "name": str},
        "target": {"name": str},
        "dataFrom": [{"extract": {"key": str}}],
    },
    ("monitoring.coreos.com/v1", "PodMonitor"): {
        "selector": {"matchLabels": dict, "matchExpressions": [dict]},
        "podMetricsEndpoints": [
            {
                "port": str,
                "path": str,
                "interval": str,
                "relabelings": [{"sourceLabels": [str], "targetLabel": str}],
            }
        ],
    },
    ("monitoring.coreos.com/v1", "PrometheusRule"): {
        "groups": [{"name": str, "interval?": str, "rules": [(_ALERT, _RECORD)]}]
    },
}


def faults(value: Any, shape: Shape, where: str = "spec") -> Iterator[str]:
    """Every place where ``value`` is not of the shape. A tuple of shapes: one of them."""
    if isinstance(shape, tuple):
        if all(list(faults(value, each, where)) for each in shape):
            yield f"{where} has none of the shapes that it may have"
    elif isinstance(shape, list):
        if not isinstance(value, list):
            yield f"{where} is no list"
            return
        for number, item in enumerate(value):
            yield from faults(item, shape[0], f"{where}[{number}]")
    elif isinstance(shape, dict):
        yield from _faults_of_fields(value, shape, where)
    elif isinstance(shape, set):
        if value not in shape:
            yield f"{where} is {value}, not one of {sorted(shape)}"
    elif not isinstance(value, shape):
        yield f"{where} is {value!r}, no {shape.__name__}"


def _faults_of_fields(value: Any, shape: dict[str, Shape], where: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{where} is no object"
        return
    fields = {name.removesuffix("?"): each for name, each in shape.items()}
    for name in value:
        if name not in fields:
            yield f"{where}.{name} is not a field"
        else:
            yield from faults(value[name], fields[name], f"{where}.{name}")
    for name in shape:
        if not name.endswith("?") and name not in value:
            yield f"{where}.{name} is missing"
