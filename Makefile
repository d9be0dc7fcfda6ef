# SPDX-License-Identifier: GPL-2.0
#
# modrace: what a user types. Each target is a line or two; the work is done in
# the directories.
#
#	make run-scenarios	race every scenario, print the verdicts
#	make race MODULE=dir	race a module as it is: no scenario to write
#	make gate		may this be merged? compares with results/baseline.json
#	make baseline		makes results/baseline.json
#	make bisect GOOD= BAD= REPRO=	finds the commit that made a race fail
#	make list		what there is to race
#	make report		writes results/latest/report.html again
#	make repro		runs a failing schedule again: REPRO='...'
#	make gdb		the same, and stops in gdb at the decisive switch
#	make check		the tests
#	make coverage		line coverage of the host program under the tests
#	make mutate MODULES='nf_*'	is a part of a module that is not ended noticed?
#	make seeded		does the gate catch teardown steps that are dropped?
#	make soak LOAD=16 ROUNDS=5	scenarios and gate beside a load: do verdicts hold?
#	make torture		the tests of the harness under faults, 200 times
#	make fuzz SECONDS=600	fuzzes the parsers, so long each
#	make kernels		only build the kernels
#	make lint		style and static checks
#	make kselftest		the kernel's selftests for modules, in UML
#	make kunit		the kernel's KUnit suites, in UML
#	make bench-refs		what counting references costs a packet
#	make refcost		what the lifecycle patches cost those who do not use them
#	make clean		remove build/ (results and cached kernels stay)
#
# What run-scenarios takes: SCENARIO_DIR= KERNEL= KERNEL_SRC= JOBS= ONLY= MODE=
# CYCLES= SEED= FAILURES= MEMORY= RESULTS= RESUME=1. The gate takes them as well, and
# BASELINE= GATE_BUDGET= EXPLAIN=1. Explore mode takes SCHEDULES= STRATEGY=; repro and
# gdb take REPRO= REPEAT= and STOP=switch|failure. README.md explains them. The soak takes
# what the scenarios and the gate take, and LOAD= LOAD_MEMORY= ROUNDS= SOAK='run gate'.
# mutate takes MODULES= MODE= CYCLES= SCHEDULES= JOBS=.

export SCENARIO_DIR KERNEL KERNEL_SRC JOBS ONLY MODE CYCLES SEED FAILURES MEMORY RESULTS RESUME
export MODULE PARAMS DRY STRICT SCENARIO KCONFIG
export BASELINE GATE_BUDGET EXPLAIN GOOD BAD REPRO JUDGE SCHEDULES STRATEGY REPEAT STOP
export LOAD LOAD_MEMORY ROUNDS SOAK MODULES

.PHONY: run-scenarios race gate baseline repro gdb bisect list report check coverage mutate seeded soak torture fuzz kernels lint kselftest kunit refcost bench-refs clean help

help:
	@sed -n 's/^#\t\(make .*\)/\1/p' Makefile

run-scenarios:
	@harness/run-scenarios

race gate baseline repro gdb:
	@harness/run-scenarios $@

bisect:
	@harness/bisect.py

list:
	@uml-config/packages
	@harness/report/catalogue.py list

report:
	@uml-config/packages
	@harness/report/report.py $(or $(RESULTS),results)/latest

check:
	@harness/tests/check

coverage:
	@harness/tests/coverage

mutate:
	@uml-config/packages
	@harness/tests/mutate.py

seeded:
	@harness/tests/seeded.py

soak:
	@harness/soak.py

torture:
	@TORTURE=$(or $(TORTURE),200) harness/tests/check faults

fuzz:
	@SECONDS_EACH=$(or $(SECONDS),60) harness/fuzz/run

kernels:
	@uml-config/packages
	@uml-config/kernel.py build stress explore lockdep

lint:
	@uml-config/packages lint
	@harness/tests/lint

kselftest:
	@uml-config/packages check
	@harness/tests/kernel/kselftest
	@harness/tests/kernel/sequence-test

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
