"""Texts of workbooks for the scenarios of the crash sweep."""

from __future__ import annotations

ADHOC = """
version: '2.0'
name: WORKFLOW
actions:
  nap:
    input: [url]
    base: std.sleep
    base-input: {seconds: 1}
    output: <% $.keys().first() %>
  doze:
    input: [who]
    base: nap
    base-input: {url: <% $.who %>}
    output: {woken: <% $ %>}
  ask:
    base: std.async_noop
    output: {said: <% $.by %>}
workflows:
  main:
    output: {woken: <% $.woken %>, said: <% $.said %>}
    tasks:
      sleep:
        action: doze who='me'
        publish: {woken: <% task().result %>}
        on-success: meet
      ask:
        action: ask
        publish: {said: <% task().result.said %>}
        on-success: meet
      meet: {join: all, action: std.noop}
"""
"""Ad-hoc actions over each other, over an action of an executor, and over one whose result a client brings."""
