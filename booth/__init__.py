"""Keeps a festival site in line with D-Order."""

__version__ = "0.1.0"
