"""A real Kubernetes control plane on loopback, for tests of everything that talks to one."""
