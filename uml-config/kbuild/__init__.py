"""
What builds kernels and modules for them.

    steps       a place in the cache, locks, steps with a log
    versions    the kernel versions we have patches for, and what these add to a tree
    sources     where a tree comes from, and the patched tree
    kernel      builds kernels

The executables that use it find it beside themselves: uml-config/kernel.py, and by a
link to this directory modules/build.py, harness/bisect.py and the tests.
"""
