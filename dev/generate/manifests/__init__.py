"""What the manifests of deploy/k8s take from the code: topics, rights, Jobs, and the version that is deployed."""
