#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# A plain shell job, for cron or any other CI: runs the gate, keeps its page, and
# tells the three outcomes apart. make turns every failure into status 2;
# harness/modrace does not.
#
#	gate.sh [DIRECTORY]	where the page and the verdicts are to be kept
set -u

top=$(cd "$(dirname "$0")/../.." && pwd)
keep=${1:-$top/results/kept}
results=${RESULTS:-$top/results}

"$top/harness/modrace" gate
status=$?

mkdir -p "$keep"
for name in report.html gate.json results.json results.ktap junit.xml; do
	[ ! -e "$results/latest/$name" ] || cp "$results/latest/$name" "$keep/"
done

case $status in
0) echo "gate.sh: may be merged" ;;
1) echo "gate.sh: a regression; see $keep/report.html" ;;
*) echo "gate.sh: could not be judged; see $keep/report.html" ;;
esac
exit $status
