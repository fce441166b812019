"""Tests of how an instance is run."""
