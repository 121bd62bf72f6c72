"""Tests of the language: text to specs, and every refusal."""
