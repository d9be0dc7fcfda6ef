#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Reads the results as KTAP, for a CI that knows nothing else (kernelci, LAVA, any
# TAP consumer): one line for each test that is not ok, status 1 if there is one, 2
# if the file is no whole KTAP. The kernel's own reader does the same and more:
#
#	linux/tools/testing/kunit/kunit.py parse results/latest/results.ktap
#
#	ktap.sh [FILE]		default: results/latest/results.ktap
set -eu

file=${1:-$(dirname "$0")/../../results/latest/results.ktap}
[ -r "$file" ] || { echo "ktap.sh: $file: cannot be read" >&2; exit 2; }
exec awk '
	/^KTAP version 1$/ { seen = 1 }
	/^1\.\.[0-9]+$/ { planned = substr($0, 4) + 0 }
	/^(not )?ok / { done++ }
	/^    # Subtest: / { test = $3 }
	/^    (not )?ok / { total++ }
	/^    not ok / { bad++; sub(/^    not ok [0-9]+ /, ""); print "not ok " test "." $0 }
	END {
		if (!seen || done != planned) { print "no whole KTAP"; exit 2 }
		printf "%d tests, %d not ok\n", total, bad
		exit bad ? 1 : 0
	}' "$file"
