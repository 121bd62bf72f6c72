"""What a workload costs in AWS price units, counted on real calls, and how fast it runs.

See docs/reference/costs.md.
"""
