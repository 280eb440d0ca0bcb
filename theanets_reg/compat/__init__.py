"""What old packages need on today's machines.

Each patch is guarded by the thing that it mends and touches nothing where
nothing is missing.
"""
