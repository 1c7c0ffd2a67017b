"""A whole Kubernetes node in namespaces of its own, for tests of what really runs in pods."""
