# SPDX-License-Identifier: GPL-2.0
#
# modrace: what a user types. Each target is a line or two; the work is done in
# the directories.
#
# These are commands of harness/modrace, which says what they take (harness/modrace run
# --help): each flag is a variable here.
#
#	make race MODULE=dir, make run-scenarios, list, new-scenario, explain, repro, gdb,
#	shell, decode, report, gate, baseline, bisect, soak
#
# And these are for work on modrace itself.
#
#	make check		the tests
#	make coverage		line coverage of the host program under the tests
#	make mutate MODULES='nf_*'	is a part of a module that is not ended noticed?
#	make seeded		does the gate catch teardown steps that are dropped?
#	make torture		the tests of the harness under faults, 200 times
#	make ways-back		goes back to a checkpoint 10,000 times in a row (WAYS_BACK_FOR=)
#	make fuzz SECONDS=600	fuzzes the parsers, so long each
#	make kernels		only build the kernels
#	make man		writes the manual page, build/modrace.1
#	make race-table		races modules of the kernel's own by name, into docs/in-tree.md
#	make lint		style and static checks
#	make kselftest		the kernel's selftests for modules, in UML
#	make walk		a random walk of modules against a model: STEPS= SEED= FLAVOUR=
#	make kunit		the kernel's KUnit suites, in UML
#	make bench-refs		what counting references costs a packet
#	make refcost		what the lifecycle patches cost those who do not use them
#	make clean		remove build/ (results and cached kernels stay)
#
# mutate takes MODULES= MODE= CYCLES= SCHEDULES= JOBS=.

COMMANDS := race run-scenarios list new-scenario explain repro gdb shell decode report gate \
	    baseline bisect soak

.PHONY: help $(COMMANDS) check coverage mutate seeded torture ways-back fuzz kernels man race-table \
	lint kselftest walk kunit refcost bench-refs clean

help:
	@harness/modrace --help
	@echo
	@sed -n 's/^#\t\(make .*\t.*\)/\1/p' Makefile

$(COMMANDS):
	@harness/modrace $@

check:
	@harness/tests/check

coverage:
	@harness/tests/coverage

mutate:
	@uml-config/packages
	@harness/tests/mutate.py

seeded:
	@harness/tests/seeded.py

torture:
	@TORTURE=$(or $(TORTURE),200) harness/tests/check faults

ways-back:
	@WAYS_BACK=$(or $(WAYS_BACK),10000) harness/tests/check e2e/test_back_again_and_again

fuzz:
	@SECONDS_EACH=$(or $(SECONDS),60) harness/fuzz/run

kernels:
	@uml-config/packages
	@uml-config/kernel.py build stress explore lockdep

man:
	@mkdir -p build
	@harness/modrace man >build/modrace.1

race-table:
	@harness/race-table

lint:
	@uml-config/packages lint
	@harness/tests/lint

kselftest:
	@uml-config/packages check
	@harness/tests/kernel/kselftest
	@harness/tests/kernel/sequence-test
	@harness/tests/kernel/walk-test

walk:
	@uml-config/packages check
	@harness/tests/kernel/walk-test --steps $(or $(STEPS),100000) --seed $(or $(SEED),1) $(FLAVOUR)

kunit:
	@uml-config/packages
	@harness/tests/kernel/kunit

bench-refs:
	@uml-config/packages
	@harness/bench/refs/bench-refs

refcost:
	@uml-config/packages
	@harness/tests/kernel/refcost-test

clean:
	rm -rf build
