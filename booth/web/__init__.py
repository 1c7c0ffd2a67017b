"""What people and programs reach over HTTP: control, the read API, health."""
