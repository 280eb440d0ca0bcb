"""What theanets' networks do otherwise once our regularizers are installed.

Each module mends one thing, and has a function ``put(theanets, patches)`` that puts it
in place; :mod:`theanets_reg.dropin` calls them all.
"""
