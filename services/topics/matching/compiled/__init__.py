"""The loops of matching, compiled by numba: over words, candidates and the few words around each.

Everything here is plain loops over arrays without Python objects. They run without the interpreter
lock, so that a preview in the gateway leaves other threads their turn. numba takes most of a second
to import: import these where they are called.
"""
