"""A slow, obvious matcher: what the fast one must agree with on everything.

`rules` judges; `speech` lays the words out, `phrases` finds them, `events` finds what happened
between them, `doubt` says where absence proves nothing.
"""

from .rules import Reference

__all__ = ["Reference"]
