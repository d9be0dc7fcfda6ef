#!/usr/bin/env python3
"""Builds the kernels; kbuild/kernel.py says how, and what the commands are."""

from kbuild import kernel, steps

if __name__ == "__main__":
    steps.main("kernel.py", kernel.command)
