"""Alarms for the Prometheus operator, and dashboards for Grafana's sidecar: deploy/observability as resources."""

import yaml

from dev.generate.manifests.topics import Resource
from dev.machine.paths import ROOT

DASHBOARDS = ROOT / "deploy" / "observability" / "grafana" / "dashboards"
RULES = ROOT / "deploy" / "observability" / "prometheus" / "rules"


def rules() -> dict[str, Resource]:
    """One PrometheusRule for each file, by the name of the file."""
    return {
        file.name: {
            "apiVersion": "monitoring.coreos.com/v1",
            "kind": "PrometheusRule",
            "metadata": {"name": file.stem},
            "spec": yaml.safe_load(file.read_text("utf-8")),
        }
        for file in sorted(RULES.glob("*.yaml"))
    }


def dashboards() -> Resource:
    """The kustomization that makes a ConfigMap of each. It lies beside them: none can reach outside its own folder."""
    return {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "configMapGenerator": [
            {
                "name": f"dashboard-{file.stem}",
                "files": [file.name],
                "options": {"disableNameSuffixHash": True, "labels": {"grafana_dashboard": "1"}},
            }
            for file in sorted(DASHBOARDS.glob("*.json"))
        ],
    }
