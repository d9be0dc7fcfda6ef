# SPDX-License-Identifier: GPL-2.0
"""
End-to-end tests: the command a user types, on real kernels, and what it leaves
behind. Each test runs in results of its own below a temporary directory.
"""

import collections
import contextlib
import ctypes
import glob
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
RUN = os.path.join(TOP, "harness", "run-scenarios")
KERNEL = os.path.join(TOP, "uml-config", "kernel.py")
SCENARIOS = sorted(name.removesuffix(".ini") for name in
                   os.listdir(os.path.join(TOP, "scenarios")) if name.endswith(".ini"))
RUN_FIELDS = {"scenario", "variant", "mode", "kernel", "expect", "signature", "twin", "verdict", "title",
              "cycles", "unloads", "overlaps", "failures", "first_failure_cycle",
              "seconds", "seed"}

# How often a guest goes back in a row, and after which failure; make ways-back.
WAYS_BACK = int(os.environ.get("WAYS_BACK", "100"))
WAYS_BACK_FOR = os.environ.get("WAYS_BACK_FOR", "nf-hook/broken")

# Whatever a runner leaves behind becomes a child of this process.
PR_SET_CHILD_SUBREAPER = 36
ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)


def descendants(pid):
    """The processes below a process."""
    below = []
    for path in glob.glob(f"/proc/{pid}/task/*/children"):
        with contextlib.suppress(OSError):
            with open(path, encoding="ascii") as file:
                children = [int(child) for child in file.read().split()]
            below += sum((descendants(child) for child in children), children)
    return below


def guests():
    """Processes of guests and wardens of this test: by process, its directory."""
    found = {}
    for pid in descendants(os.getpid()):
        with contextlib.suppress(OSError):
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                match = re.search(rb"uml_dir=(/tmp/modrace-\w+)", file.read())
            if match:
                found[pid] = match[1].decode()
    return found


def held(pid):
    """What a process has of the host: KiB of memory, descriptors, mappings."""
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        memory = re.search(r"VmRSS:\s*(\d+)", file.read())
    with open(f"/proc/{pid}/maps", encoding="utf-8") as file:
        mappings = len(file.readlines())
    return int(memory[1]) if memory else 0, len(os.listdir(f"/proc/{pid}/fd")), mappings


def wait_until(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.1)
    return False


class EndToEnd(unittest.TestCase):

    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="modrace test ")
        self.addCleanup(shutil.rmtree, self.dir)

    def environment(self, **knobs):
        env = {name: value for name, value in os.environ.items()
               if name not in ("MAKEFLAGS", "MFLAGS")}
        return {**env, "RESULTS": os.path.join(self.dir, "results"), **knobs}

    def run_scenarios(self, **knobs):
        return subprocess.run([RUN], env=self.environment(**knobs), capture_output=True,
                              text=True, stdin=subprocess.DEVNULL)

    def start(self, **knobs):
        return subprocess.Popen([RUN], env=self.environment(**knobs), text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                stdin=subprocess.DEVNULL)

    def latest(self, name):
        return os.path.join(self.dir, "results", "latest", name)

    def results(self):
        with open(self.latest("results.json"), encoding="utf-8") as file:
            return json.load(file)

    def verdicts(self):
        return {(r["scenario"], r["variant"], r["mode"]): r["verdict"]
                for r in self.results()["runs"]}

    def refused(self, result, *words):
        """One line on stderr that says what is wrong, status 2, nothing left."""
        self.assertEqual(result.returncode, 2, result.stdout + result.stderr)
        lines = result.stderr.strip().splitlines()
        progress = [line for line in lines if line.startswith(("building ", "configuring "))]
        self.assertEqual(len(lines) - len(progress), 1, result.stderr)
        for word in words:
            self.assertIn(word, lines[-1])
        self.assertEqual(guests(), {})

    def write(self, name, text):
        path = os.path.join(self.dir, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path


class AllScenarios(EndToEnd):
    """
    Everything on both kernels, looked at from all sides. The fixed variants run
    for a few cycles, the broken ones for as long as they take to fail.
    """

    @classmethod
    def setUpClass(cls):
        cls.shared = tempfile.mkdtemp(prefix="modrace-test-")
        cls.outcomes = [
            subprocess.run([RUN], env={**os.environ, "RESULTS": f"{cls.shared}/{name}", **knobs},
                           capture_output=True, text=True, stdin=subprocess.DEVNULL)
            for name, knobs in (("fixed", {"ONLY": "*/fixed", "CYCLES": "60",
                                           "SCHEDULES": "60"}),
                                ("lifecycle", {"ONLY": "*/lifecycle", "CYCLES": "20",
                                               "SCHEDULES": "20"}),
                                ("broken", {"ONLY": "*/broken"}))]

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.shared)

    def files(self, name):
        return [os.path.join(self.shared, part, "latest", name)
                for part in ("fixed", "lifecycle", "broken")]

    def parts(self):
        for path in self.files("results.json"):
            with open(path, encoding="utf-8") as file:
                yield os.path.dirname(path), json.load(file)

    def runs(self):
        return [run for _, results in self.parts() for run in results["runs"]]

    def test_verdicts(self):
        for result in self.outcomes:
            self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertEqual(sorted({r["scenario"] for r in self.runs()}), SCENARIOS)
        for run in self.runs():
            good = ("XFAIL", "SKIP") if run["expect"] == "fail" else ("PASS", "SKIP")
            self.assertIn(run["verdict"], good, run)

    def test_steps_carried_out(self):
        """In both modes the longest removal has given up and come back in each cycle."""
        runs = [run for run in self.runs() if run["scenario"] == "held-forever"
                and run["variant"] == "lifecycle" and run["verdict"] != "SKIP"]
        self.assertEqual(len(runs), 2)
        for run in runs:
            for step in ("namesake", "closed", "kill-waiter", "reenable", "told", "polled"):
                self.assertGreaterEqual(run["steps"][step], run["unloads"], (step, run["mode"]))
            self.assertEqual(run["steps"]["disabled"], 3 * run["steps"]["reenable"])

    def test_both_kernels_raced(self):
        for mode in "stress", "explore":
            done = [r for r in self.runs() if r["mode"] == mode and r["verdict"] == "PASS"]
            self.assertGreater(len(done), 3)
            for run in done:
                self.assertEqual(run["unloads"], run["cycles"], run)
                self.assertGreater(run["overlaps"], 0, run)

    def test_results_json(self):
        for _, results in self.parts():
            self.assertEqual(results["schema"], 1)
            self.assertEqual(results["exit"], 0)
            for mode in "stress", "explore":
                self.assertRegex(results["kernel"][mode]["version"], r"^\d+\.\d+")
                self.assertTrue(results["kernel"][mode]["hash"])
            for run in results["runs"]:
                self.assertLessEqual(RUN_FIELDS, run.keys())

    def test_files_of_a_run(self):
        for top, results in self.parts():
            with open(os.path.join(top, "report.html"), encoding="utf-8") as file:
                self.assertEqual(file.read().count("<td data-run="), len(results["runs"]))
            for run in results["runs"]:
                if run["verdict"] == "SKIP":
                    continue
                directory = os.path.join(top, run["scenario"], run["variant"], run["mode"])
                for name in "console.log", "channel.log", "verdict.json":
                    self.assertTrue(os.path.getsize(os.path.join(directory, name)), directory)
                if run["verdict"] == "XFAIL":
                    with open(os.path.join(directory, "report.txt"), encoding="utf-8") as file:
                        self.assertIn(run["title"], file.read())

    def test_failures_match_their_signature(self):
        for run in self.runs():
            if run["verdict"] == "XFAIL":
                self.assertRegex(run["title"], run["signature"])

    def test_ktap_is_what_kunit_reads(self):
        source = subprocess.run([KERNEL, "source"], capture_output=True, text=True,
                                check=True).stdout.strip()
        kunit = os.path.join(source, "tools", "testing", "kunit", "kunit.py")
        for path, (_, results) in zip(self.files("results.ktap"), self.parts()):
            parsed = subprocess.run(["python3", kunit, "parse", path], capture_output=True,
                                    text=True)
            self.assertEqual(parsed.returncode, 0, parsed.stdout + parsed.stderr)
            self.assertRegex(parsed.stdout, rf"Ran {len(results['runs'])} tests")

    def test_junit_fits_the_schema(self):
        schema = os.path.join(HERE, "junit.xsd")
        for path in self.files("junit.xml"):
            checked = subprocess.run(["xmllint", "--noout", "--schema", schema, path],
                                     capture_output=True, text=True)
            self.assertEqual(checked.returncode, 0, checked.stderr)

    def test_second_build_compiles_nothing(self):
        paths = []
        for flavour in "stress", "explore":
            path = subprocess.run([KERNEL, "path", flavour], capture_output=True, text=True,
                                  check=True).stdout.strip()
            paths.append(os.path.join(path, "linux"))
        before = [os.stat(path).st_mtime_ns for path in paths]
        subprocess.run([KERNEL, "build", "stress", "explore"], check=True)
        self.assertEqual(before, [os.stat(path).st_mtime_ns for path in paths])


# It fails in every schedule, after a toss.
DICE_MODULE = """\
// SPDX-License-Identifier: GPL-2.0
#include <linux/module.h>

static unsigned int toss[2];
module_param_array(toss, uint, NULL, 0444);

static noinline void heads(unsigned int *count)
{
	WRITE_ONCE(*count, *count + 1);
}

static noinline void tails(unsigned int *count)
{
	WRITE_ONCE(*count, *count + 2);
}

static inline u64 host_time(void)
{
	u32 low, high;

	asm volatile("rdtsc" : "=a"(low), "=d"(high));
	return (u64)high << 32 | low;
}

static void __exit dice_exit(void)
{
	if (TOSS)
		heads(&toss[0]);
	else
		tails(&toss[1]);
	WARN(1, "dice: the die is cast\\n");
}

static int __init dice_init(void)
{
	return 0;
}

module_init(dice_init);
module_exit(dice_exit);
MODULE_DESCRIPTION("Fails after a toss");
MODULE_LICENSE("GPL");
"""

DICE_SCENARIO = """\
[scenario]
module = dice
[traffic reader]
type = sysfs
path = /sys/module/dice/parameters/toss
[variant broken]
expect = fail
signature = ^WARNING: .*dice
"""


class Detectors(EndToEnd):
    """Each detector reports what it is there for, and is silent about a module that is fine."""

    def test_each_is_tripped(self):
        result = self.run_scenarios(SCENARIO_DIR=os.path.join(HERE, "detectors"),
                                    MODE="stress explore lockdep")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        counts = collections.Counter(self.verdicts().values())
        self.assertEqual(counts["PASS"], 22)
        self.assertEqual(counts["XFAIL"], 45)
        self.assertEqual(self.confirmed("context/locks"), (True, True))

    def confirmed(self, name):
        """Whether what explore mode found was put down to a schedule, and every replay the same."""
        run = next(run for run in self.results()["runs"]
                   if f"{run['scenario']}/{run['variant']}" == name and run["mode"] == "explore")
        return run["confirmed"], run["replays"] == run["replays_identical"] > 0


class Determinism(EndToEnd):

    def logs(self, seed):
        result = self.run_scenarios(ONLY="chardev-owner/fixed", MODE="explore", SCHEDULES="20",
                                    SEED=seed)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        texts = []
        for name in "console.log", "channel.log":
            with open(self.latest(f"chardev-owner/fixed/explore/{name}"), "rb") as file:
                texts.append(re.sub(rb"/tmp/modrace-\w+", b"", file.read()))
        return texts

    def test_same_seed_same_run(self):
        self.assertEqual(self.logs("5"), self.logs("5"))

    def dice(self, source):
        """What is found in a module that fails, and the outcome of replaying it."""
        self.write("dice/dice.c", source)
        self.write("dice/dice.ini", DICE_SCENARIO)
        knobs = {"SCENARIO_DIR": os.path.join(self.dir, "dice"), "MODE": "explore"}
        self.run_scenarios(ONLY="dice", **knobs)
        run = self.results()["runs"][0]
        self.assertEqual(run["verdict"], "XFAIL", run)
        repro = subprocess.run([RUN, "repro"], capture_output=True, text=True, check=False,
                               env=self.environment(REPRO=run["reproducer"], REPEAT="8", **knobs))
        return run, repro

    def test_same_schedule_same_events(self):
        run, repro = self.dice(DICE_MODULE.replace("TOSS", "0"))
        self.assertEqual(run["replays_identical"], run["replays"])
        self.assertEqual(repro.returncode, 0, repro.stdout + repro.stderr)
        self.assertIn("8 of 8 replays identical", repro.stdout)

    def test_first_event_that_differs(self):
        """A module that asks the host for the time is caught, and where it did is named."""
        _, repro = self.dice(DICE_MODULE.replace("TOSS", "host_time() * 0x9e3779b97f4a7c15 >> 63"))
        self.assertEqual(repro.returncode, 1, repro.stdout + repro.stderr)
        self.assertNotIn("8 of 8 replays identical", repro.stdout)
        self.assertRegex(repro.stdout, r"first event that differs is number \d+: .*"
                                       r"cleanup_module\+0x\w+ \[dice\] \(dice\.c:\d+\)")


class GoingBack(EndToEnd):
    """A guest that goes back to its checkpoint is as good as one that has been booted."""

    def search(self, restore, variant="nf-hook/broken"):
        done = subprocess.run([RUN], capture_output=True, text=True, stdin=subprocess.DEVNULL,
                              check=False, env=self.environment(
                                  ONLY=variant, MODE="explore", RESTORE=restore))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        run, = self.results()["runs"]
        self.assertEqual(run["ways_back_lost"], 0)
        self.assertEqual(run["replays_identical"], run["replays"])
        return run

    def told(self, restore):
        """What a run says of its module, and what it took."""
        run = self.search(restore)
        return [run[key] for key in ("verdict", "title", "schedules", "reproducer")], run

    def test_same_with_and_without(self):
        """One boot for the search and all that follows, and one for the proof."""
        back, run = self.told("verify")
        self.assertEqual(run["boots"], 2)
        self.assertGreaterEqual(run["ways_back"], 3)
        booted, other = self.told("0")
        self.assertEqual(back, booted)
        self.assertEqual(other["ways_back"], 0)
        self.assertEqual(other["boots"], run["boots"] + run["ways_back"])

    def replay(self, line, watch):
        """Goes back WAYS_BACK times, and calls for what runs meanwhile."""
        with open(f"{self.dir}/said", "w+", encoding="utf-8") as said:
            with subprocess.Popen([RUN, "repro"], stdout=said, stderr=said,
                                  env=self.environment(REPRO=line, REPEAT=str(WAYS_BACK), JOBS="1",
                                                       RESTORE="verify")) as runner:
                while runner.poll() is None:
                    with contextlib.suppress(OSError):
                        watch(runner.pid)
                    time.sleep(0.02)
            said.seek(0)
            text = said.read()
        self.assertEqual(runner.returncode, 0, text)
        self.assertIn(f"{WAYS_BACK} of {WAYS_BACK} replays identical", text)

    def constant(self, samples, what):
        """Nothing grows: the least of the last third is not above the most of the second."""
        third = len(samples) // 3
        for i, (name, slack) in enumerate((("KiB", 4096), ("descriptors", 0), ("mappings", 0))):
            before = max(sample[i] for sample in samples[third:2 * third])
            after = min(sample[i] for sample in samples[2 * third:])
            self.assertLessEqual(after, before + slack, f"{name} of {what}")

    def test_back_again_and_again(self):
        """
        Replays from one checkpoint have the events that one after a boot has, and neither
        runner nor guest comes to hold more of the host.
        """
        runner, kernel = [], []

        def watch(pid):
            """Of a guest's processes the kernel has the most memory."""
            found = [held(guest) for guest in guests()]
            if found:
                runner.append(held(pid))
                kernel.append(max(found))

        run = self.search("1", WAYS_BACK_FOR)
        self.replay(run["reproducer"], watch)
        self.assertGreater(min(len(runner), len(kernel)), 8)
        self.constant(runner, "the runner")
        self.constant(kernel, "the guest")

    def test_unknown_word(self):
        self.refused(self.run_scenarios(RESTORE="perhaps"), "RESTORE=perhaps")


class Reproducer(EndToEnd):
    """A failure found in explore mode becomes a line that shows it again, or says why not."""

    def find(self):
        result = self.run_scenarios(ONLY="chardev-owner/*", MODE="explore", SCHEDULES="20")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        runs = {run["variant"]: run for run in self.results()["runs"]}
        return runs["broken"], runs["fixed"]

    def repro(self, line, **settings):
        environment = {**os.environ, "RESULTS": f"{self.dir}/results", "REPRO": line, **settings}
        return subprocess.run([RUN, "repro"], env=environment, capture_output=True, text=True)

    def refused(self, line, reason):
        result = self.repro(line)
        self.assertEqual(result.returncode, 2, result.stdout + result.stderr)
        self.assertIn(reason, result.stderr)
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)

    def reseal(self, line):
        """The line with a checksum that fits again."""
        text = line.rsplit(" end=", 1)[0]
        return f"{text} end={zlib.crc32(text.encode()):08x}"

    def test_round_trip(self):
        broken, fixed = self.find()
        self.assertTrue(broken["confirmed"])
        self.assertEqual(broken["replays_identical"], broken["replays"])
        self.assertLessEqual(broken["decisions"], 3)
        self.assertGreater(fixed["same_schedules"], 0)
        self.assertGreaterEqual(fixed["schedules"], 20 + fixed["same_schedules"])
        for name in "timeline.html", "timeline.svg", "timeline.txt":
            self.assertTrue(os.path.getsize(self.latest(f"chardev-owner/broken/explore/{name}")))

        line = broken["reproducer"]
        result = self.repro(line, REPEAT="3")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertIn("3 of 3 replays identical", result.stdout)
        self.assertIn(broken["title"], result.stdout)

        self.refused(line[:-20], "cut short")
        self.refused(line.replace("seed=1", "seed=2"), "altered")
        self.refused(self.reseal(re.sub("kernel=[0-9a-f]+", "kernel=0123456789ab", line)),
                     "found with kernel 0123456789ab")
        self.refused(self.reseal(re.sub("owner:[0-9a-f]+", "owner:0123456789ab", line)),
                     "module chardev_owner is not the build")


LOOKUP_MODULE = """\
// SPDX-License-Identifier: GPL-2.0
#include <linux/list.h>
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

struct entry {
	struct list_head node;
	int key;
};

static LIST_HEAD(entries);
static DEFINE_SPINLOCK(lock);

/* The entry outlives neither the lock nor anything else. */
static struct entry *find_entry(void)
{
	struct entry *entry;

	spin_lock(&lock);
	entry = list_first_entry_or_null(&entries, struct entry, node);
	spin_unlock(&lock);
	return entry;
}

static int show_entry(struct seq_file *m, void *v)
{
	struct entry *entry = find_entry();

	if (entry)
		seq_printf(m, "%d\\n", entry->key);
	return 0;
}

static void drop_entry(void)
{
	struct entry *entry = find_entry();

	spin_lock(&lock);
	list_del(&entry->node);
	spin_unlock(&lock);
	kfree(entry);
}

static int __init lookup_init(void)
{
	struct entry *entry = kzalloc(sizeof(*entry), GFP_KERNEL);

	if (!entry)
		return -ENOMEM;
	list_add(&entry->node, &entries);
	proc_create_single("lookup", 0444, NULL, show_entry);
	return 0;
}

static void __exit lookup_exit(void)
{
	drop_entry();
	remove_proc_entry("lookup", NULL);
}

module_init(lookup_init);
module_exit(lookup_exit);
MODULE_DESCRIPTION("Drops what its proc file shows before the file");
MODULE_LICENSE("GPL");
"""

LOOKUP_SCENARIO = """\
[scenario]
module = lookup
[traffic reader]
type = procfs
path = /proc/lookup
[variant broken]
expect = fail
signature = ^KASAN: slab-use-after-free in show_entry
"""


STRAY_MODULE = """\
// SPDX-License-Identifier: GPL-2.0
#include <linux/err.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/proc_fs.h>
#include <linux/uaccess.h>

static ssize_t stray_read(struct file *file, char __user *buf, size_t size, loff_t *pos)
{
	return simple_read_from_buffer(buf, size, pos, "stray", 5);
}

static const struct proc_ops stray_ops = { .proc_read = stray_read };

/* Another name at each load, so that what is left is in nobody's way. */
static int __init stray_init(void)
{
	struct platform_device *pdev;

	pdev = platform_device_register_simple("stray", PLATFORM_DEVID_AUTO, NULL, 0);
	if (IS_ERR(pdev))
		return PTR_ERR(pdev);
	proc_create("stray", 0444, NULL, &stray_ops);
	return 0;
}

static void __exit stray_exit(void)
{
	remove_proc_entry("stray", NULL);
}

module_init(stray_init);
module_exit(stray_exit);
MODULE_DESCRIPTION("Forgets its device");
MODULE_LICENSE("GPL");
"""

STRAY_SCENARIO = """\
[scenario]
module = stray
[traffic reader]
type = procfs
path = /proc/stray
[traffic holder]
type = procfs
path = /proc/stray
size = 2
hold = yes
[variant broken]
expect = fail
signature = ^leftover: /sys/bus/platform/devices/stray.0.auto$
[variant fixed]
expect = pass
"""


DUMP_MODULE = """\
// SPDX-License-Identifier: GPL-2.0
#include <linux/module.h>
#include <net/genetlink.h>

static bool broken;
module_param(broken, bool, 0444);

enum { CMD_UNSPEC, CMD_LIST };
enum { ATTR_UNSPEC, ATTR_N, ATTR_PAD, __ATTR_MAX };

static struct genl_family family;

static int list_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	static const char pad[900];

	for (; cb->args[0] < 64; cb->args[0]++) {
		void *hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
					&family, NLM_F_MULTI, CMD_LIST);

		if (!hdr)
			break;
		if (nla_put_u32(skb, ATTR_N, cb->args[0]) || nla_put(skb, ATTR_PAD, sizeof(pad), pad)) {
			genlmsg_cancel(skb, hdr);
			break;
		}
		genlmsg_end(skb, hdr);
	}
	return skb->len;
}
static const struct genl_small_ops ops[] = {
	{ .cmd = CMD_LIST, .dumpit = list_dumpit },
};
static struct genl_family family = {
	.name = "nldump",
	.version = 1,
	.maxattr = __ATTR_MAX - 1,
	.small_ops = ops,
	.n_small_ops = ARRAY_SIZE(ops),
};

static int __init nldump_init(void)
{
	family.module = broken ? NULL : THIS_MODULE;
	return genl_register_family(&family);
}
static void __exit nldump_exit(void)
{
	genl_unregister_family(&family);
}
module_init(nldump_init);
module_exit(nldump_exit);
MODULE_DESCRIPTION("dump in parts");
MODULE_LICENSE("GPL");
"""

DUMP_SCENARIO = """\
[scenario]
module = nldump
[traffic lister]
type = netlink
family = nldump
dump = yes
hold = yes
[variant broken]
params = broken=1
expect = fail
signature = ^(jump into freed module text: list_dumpit|KASAN: vmalloc-out-of-bounds in .*nldump)
[variant fixed]
expect = pass
"""


class Stranger(EndToEnd):
    """A module that is not one of ours: found, minimised, replayed and explained."""

    def test_use_after_lookup(self):
        self.write("lookup/lookup.c", LOOKUP_MODULE)
        self.write("lookup/lookup.ini", LOOKUP_SCENARIO)
        knobs = {"SCENARIO_DIR": os.path.join(self.dir, "lookup"), "MODE": "explore"}
        result = self.run_scenarios(ONLY="lookup", **knobs)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        run = self.results()["runs"][0]
        # One decision is enough, but from where a search begins none of three can be left out.
        self.assertIn(run["decisions"], (1, 2, 3))
        self.assertTrue(run["confirmed"])
        self.assertRegex(run["decisive"], r"traffic0 is stopped in show_entry .*; remover frees the "
                                          r"object .*; then traffic0 goes on in show_entry")

        again = subprocess.run([RUN, "repro"], capture_output=True, text=True, check=False,
                               env=self.environment(REPRO=run["reproducer"], REPEAT="2", **knobs))
        self.assertEqual(again.returncode, 0, again.stdout + again.stderr)
        self.assertIn(run["decisive"], again.stdout)

    def test_dump_in_parts(self):
        """A dump is held across the unload; what is replayed is what the verdict says."""
        self.write("dump/nldump.c", DUMP_MODULE)
        self.write("dump/nldump.ini", DUMP_SCENARIO)
        knobs = {"SCENARIO_DIR": os.path.join(self.dir, "dump")}
        result = self.run_scenarios(CYCLES="20", SCHEDULES="20", **knobs)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        runs = {(run["variant"], run["mode"]): run for run in self.results()["runs"]}
        self.assertEqual([run["verdict"] for run in runs.values()].count("PASS"), 2)
        self.assertGreater(runs["fixed", "stress"]["refused"], 0)

        found = runs["broken", "explore"]
        again = subprocess.run([RUN, "repro"], capture_output=True, text=True, check=False,
                               env=self.environment(REPRO=found["reproducer"], **knobs))
        self.assertEqual(again.returncode, 0, again.stdout + again.stderr)
        self.assertTrue(again.stdout.startswith(found["title"] + "\n"), again.stdout)
        self.assertIn("frees the memory of nldump", again.stdout)

    def test_leftover_of_a_schedule(self):
        """What a schedule leaves behind is found after it, though it is in nobody's way."""
        self.write("stray/stray.c", STRAY_MODULE)
        self.write("stray/stray.ini", STRAY_SCENARIO)
        result = self.run_scenarios(ONLY="stray/broken", MODE="explore",
                                    SCENARIO_DIR=os.path.join(self.dir, "stray"))
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        run = self.results()["runs"][0]
        self.assertEqual((run["schedules"], run["decisions"], run["confirmed"]), (1, 0, True))


def scheduling_group(pid):
    """The host's scheduling group of a process, "/autogroup-14 nice 0"; None without."""
    with contextlib.suppress(OSError):
        with open(f"/proc/{pid}/autogroup", encoding="ascii") as file:
            return file.read().strip()
    return None


class Placement(EndToEnd):
    """
    Guests stay in the scheduling group of whoever starts them: the host runs the two
    halves of a virtual processor for seconds before anybody else in another one.
    """

    def members(self, pid):
        """Runner, wardens, kernels and the processes of their user space."""
        return [pid, *descendants(pid)]

    def start_racing(self):
        """A runner whose guest is at work."""
        runner = self.start(ONLY="chardev-owner/fixed", MODE="stress", CYCLES="100000")
        self.addCleanup(runner.communicate)
        self.addCleanup(runner.send_signal, signal.SIGINT)
        logs = glob.escape(self.dir) + "/results/*/*/*/*/channel.log"

        def racing():
            for path in glob.glob(logs):
                with open(path, encoding="ascii") as file:
                    return " unload " in file.read()
            return False
        self.assertTrue(wait_until(racing, 120))
        return runner

    def test_one_group(self):
        if scheduling_group("self") is None:
            self.skipTest("the host has no /proc/PID/autogroup (CONFIG_SCHED_AUTOGROUP): "
                          "nobody is grouped by session there")
        runner = self.start_racing()
        members = self.members(runner.pid)
        self.assertGreater(len(members), 3)
        groups = {scheduling_group(pid) for pid in members} - {None}
        self.assertEqual(groups, {scheduling_group("self")})

    def test_one_session(self):
        """Which is what the host groups by, and each kernel still has a process group."""
        runner = self.start_racing()
        members = self.members(runner.pid)
        self.assertEqual({os.getsid(pid) for pid in members}, {os.getsid(0)})
        for pid in guests():
            self.assertNotEqual(os.getpgid(pid), os.getpgid(0))


class Survival(EndToEnd):
    """Guests and runner are killed; nothing is lost and nothing stays behind."""

    def wait_for_guest(self):
        channel = glob.escape(self.dir) + "/results/*/*/*/*/channel.log"

        def racing():
            logs = glob.glob(channel)
            return logs and b" unload " in open(logs[0], "rb").read()
        self.assertTrue(wait_until(racing, 60))

    def test_guest_killed(self):
        runner = self.start(ONLY="chardev-owner/fixed", MODE="stress", CYCLES="400")
        self.wait_for_guest()
        for pid in guests():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        out, err = runner.communicate(timeout=300)
        self.assertEqual(runner.returncode, 0, out + err)
        run = self.results()["runs"][0]
        self.assertEqual(run["verdict"], "PASS")
        self.assertGreaterEqual(run["unloads"], 400)
        self.assertGreaterEqual(run["boots"], 2)
        self.assertEqual(guests(), {})

    def test_runner_killed(self):
        runner = self.start(ONLY="chardev-owner/fixed", CYCLES="100000")
        self.wait_for_guest()
        directories = guests().values()
        runner.kill()
        runner.communicate(timeout=60)
        self.assertTrue(wait_until(lambda: not guests()), guests())
        self.assertTrue(wait_until(lambda: not any(map(os.path.exists, directories))))
        logs = glob.glob(glob.escape(self.dir) + "/results/*/*/*/*/channel.log")
        self.assertTrue(logs)

    def test_interrupted_and_resumed(self):
        runner = self.start(ONLY="stray-kthread", MODE="stress", CYCLES="1000", JOBS="1")
        verdict = glob.escape(self.dir) + "/results/*/*/*/*/verdict.json"
        self.assertTrue(wait_until(lambda: glob.glob(verdict), 120))
        runner.send_signal(signal.SIGINT)
        out, err = runner.communicate(timeout=60)
        self.assertEqual(runner.returncode, 2, out + err)
        self.assertIn("RESUME=1", err)
        self.assertEqual(guests(), {})
        self.assertIn("INCONCLUSIVE", self.verdicts().values())

        kept = {path: os.stat(path).st_mtime_ns for path in glob.glob(verdict)}
        again = self.run_scenarios(ONLY="stray-kthread", MODE="stress", CYCLES="1000",
                                   RESUME="1")
        self.assertEqual(again.returncode, 0, again.stdout + again.stderr)
        self.assertEqual(set(self.verdicts().values()), {"PASS", "XFAIL"})
        for path, mtime in kept.items():
            self.assertEqual(os.stat(path).st_mtime_ns, mtime)

    def test_resumed_twin(self):
        """A fixed variant goes through its twin's schedules after an interruption, too."""
        knobs = {"ONLY": "chardev-owner/*", "MODE": "explore", "SCHEDULES": "400", "JOBS": "1"}
        runner = self.start(**knobs)
        verdict = glob.escape(self.dir) + "/results/*/chardev-owner/broken/*/verdict.json"
        self.assertTrue(wait_until(lambda: glob.glob(verdict), 120))
        runner.send_signal(signal.SIGINT)
        out, err = runner.communicate(timeout=60)
        self.assertEqual(runner.returncode, 2, out + err)

        again = self.run_scenarios(RESUME="1", **knobs)
        self.assertEqual(again.returncode, 0, again.stdout + again.stderr)
        runs = {run["variant"]: run for run in self.results()["runs"]}
        self.assertGreater(runs["fixed"]["same_schedules"], 0)


CLEAN_SCENARIO = """\
[scenario]
module = chardev_owner
cycles = 20
[traffic reader]
type = chardev
path = /dev/stress_chardev
hold = yes
[variant fixed]
expect = pass
"""


SMALL_MODULE = """\
// SPDX-License-Identifier: GPL-2.0
#include <linux/module.h>
{include}
static int x;
module_param(x, int, 0444);
{parts}
static int __init small_init(void)
{{
	return {init};
}}
module_init(small_init);
{way_out}
MODULE_DESCRIPTION("Has one property that a test asks for");
MODULE_LICENSE("GPL");
"""

WAY_OUT = """
static void __exit small_exit(void)
{{
	{}
}}
module_exit(small_exit);
"""

LATE_NOTIFIER = """
static int late_notify(struct notifier_block *nb, unsigned long event, void *data)
{
	WARN(1, "late: somebody powers off\\n");
	return NOTIFY_DONE;
}

static struct notifier_block late_nb = { .notifier_call = late_notify };
"""


def small_module(header="", init="0", leave="", parts="", way_out=WAY_OUT):
    """The source of a module with a parameter x, and what is said of its init and exit."""
    include = f"#include <{header}>\n" if header else ""
    return SMALL_MODULE.format(include=include, parts=parts, init=init,
                               way_out=way_out.format(leave))


def late_module(leave):
    """One that warns when somebody powers off, if it is still there, or thought to be."""
    return small_module("linux/reboot.h", "register_reboot_notifier(&late_nb)", leave,
                        LATE_NOTIFIER)


class Verdicts(EndToEnd):
    """Verdicts the project's own scenarios never come to."""

    def run_one(self, text, **knobs):
        self.write("scenarios/one.ini", text)
        result = self.run_scenarios(**{"SCENARIO_DIR": os.path.join(self.dir, "scenarios"),
                                       "MODE": "stress", **knobs})
        runs = self.results()["runs"]
        self.assertEqual(len(runs), 1)
        return result, runs[0]

    def test_fail(self):
        result, run = self.run_one(CLEAN_SCENARIO.replace("expect", "params = broken=1\nexpect"))
        self.assertEqual((result.returncode, run["verdict"]), (1, "FAIL"))
        self.assertIn("chardev_owner", run["title"])

    def test_xpass(self):
        result, run = self.run_one(CLEAN_SCENARIO.replace("pass", "fail\nsignature = KASAN"))
        self.assertEqual((result.returncode, run["verdict"]), (1, "XPASS"))

    def test_wrong_signature(self):
        result, run = self.run_one(CLEAN_SCENARIO.replace(
            "expect = pass", "params = broken=1\nexpect = fail\nsignature = ^lockdep"))
        self.assertEqual((result.returncode, run["verdict"]), (1, "FAIL"))

    def test_traffic_that_misses(self):
        result, run = self.run_one(CLEAN_SCENARIO.replace("stress_chardev", "null_such"))
        self.assertEqual((result.returncode, run["verdict"]), (2, "BROKEN"))
        self.assertIn("reader never reached the module", run["reason"])

    def test_traffic_of_which_one_is_enough(self):
        """A second section finds nothing there."""
        text = CLEAN_SCENARIO.replace("[scenario]\n", "[scenario]\nreach = any\n").replace(
            "[variant", "[traffic nobody]\ntype = sysfs\npath = /sys/nothing\n\n[variant", 1)
        for mode in "stress", "explore":
            with self.subTest(mode):
                result, run = self.run_one(text, MODE=mode)
                self.assertEqual((result.returncode, run["verdict"]), (0, "PASS"), run["reason"])
                ops = {name: t["ops"] > 0 for name, t in run["traffic"].items()}
                self.assertEqual(ops, {"reader": True, "nobody": False})
        result, run = self.run_one(text.replace("stress_chardev", "null_such"))
        self.assertEqual((result.returncode, run["verdict"]), (2, "BROKEN"))

    def test_module_that_does_not_load(self):
        result, run = self.run_one(CLEAN_SCENARIO.replace("expect",
                                                          "params = broken=perhaps\nexpect"))
        self.assertEqual((result.returncode, run["verdict"]), (2, "BROKEN"))
        self.assertIn("broken=perhaps", run["reason"])

    def test_module_that_does_not_load_again(self):
        """What the first unload left behind is the module's fault, not the harness's."""
        self.write("scenarios/again.c", small_module(
            "linux/fs.h", 'register_chrdev_region(MKDEV(240, 0), 1, "again")'))
        result, run = self.of_parameter("again", "x")
        self.assertEqual((result.returncode, run["verdict"]), (1, "FAIL"))
        self.assertEqual(run["title"], "cannot be loaded again: Device or resource busy")

    def reading(self, module, parameter):
        """The scenario of a module whose parameter is read."""
        path = f"/sys/module/{module}/parameters/{parameter}"
        return CLEAN_SCENARIO.replace("chardev_owner", module).replace(
            "chardev\npath = /dev/stress_chardev", f"sysfs\npath = {path}")

    def of_parameter(self, module, parameter, **knobs):
        return self.run_one(self.reading(module, parameter), **knobs)

    def test_broken_guest_whose_kernel_dies(self):
        """What the guest said first stands; what its kernel said then is in the report."""
        self.write("scenarios/late.c", late_module("unregister_reboot_notifier(&late_nb);"))
        result, run = self.of_parameter("late", "none")
        self.assertEqual((result.returncode, run["verdict"]), (2, "BROKEN"), run)
        self.assertIn("reader never reached the module", run["reason"])
        with open(self.latest("one/fixed/stress/report.txt"), encoding="utf-8") as file:
            self.assertRegex(file.read(), r"(?s)reader never reached .*\nWARNING: late: somebody")

    def test_guest_that_dies_when_it_is_done(self):
        """All cycles are through, and the last unload is still a failure."""
        self.write("scenarios/late.c", late_module(""))
        result, run = self.of_parameter("late", "x", CYCLES="1")
        self.assertEqual((result.returncode, run["verdict"]), (1, "FAIL"), run)
        self.assertRegex(run["title"], r"late_notify|on late_nb \[late\]$")
        with open(self.latest("one/fixed/stress/channel.log"), encoding="utf-8") as file:
            self.assertRegex(file.read(), r"(?m)^D 1 ")

    def test_lockdep_that_is_off(self):
        """Cycles that lockdep has not watched are no pass, on either kernel that has it."""
        self.write("scenarios/blinds.c", small_module(
            "linux/debug_locks.h", leave="debug_locks_off();"))
        for mode in "lockdep", "explore":
            with self.subTest(mode):
                result, run = self.of_parameter("blinds", "x", MODE=mode)
                self.assertEqual((result.returncode, run["verdict"]), (2, "BROKEN"), run)
                self.assertEqual(run["reason"], "lockdep was off at the end")

    def test_word_of_a_schedule(self):
        """What the guest says amid a schedule is the same in each replay."""
        self.write("scenarios/no_way_out.c", small_module(way_out=""))
        self.write("scenarios/one.ini", self.reading("no_way_out", "x"))
        result = self.run_scenarios(SCENARIO_DIR=os.path.join(self.dir, "scenarios"),
                                    MODE="explore", FAILURES="1")
        run = self.results()["runs"][0]
        self.assertEqual((result.returncode, run["verdict"]), (1, "FAIL"), run)
        self.assertEqual(run["title"], "reference count never returned to 0")
        self.assertTrue(run["confirmed"])
        self.assertEqual(run["replays_identical"], run["replays"])
        self.assertGreater(run["replays"], 0)

    def test_timeout(self):
        result, run = self.run_one(CLEAN_SCENARIO.replace("cycles = 20",
                                                          "cycles = 1000000\ntimeout = 5"))
        self.assertEqual((result.returncode, run["verdict"]), (2, "TIMEOUT"))
        self.assertGreater(run["unloads"], 0)

    def test_skip(self):
        result, run = self.run_one(CLEAN_SCENARIO + "modes = explore\n")
        self.assertEqual((result.returncode, run["verdict"]), (0, "SKIP"))


GATE_SCENARIO = """\
[scenario]
module = chardev_owner
cycles = 60
[traffic reader]
type = chardev
path = /dev/stress_chardev
hold = yes
[variant broken]
params = broken=1
expect = fail
signature = chardev_owner
[variant fixed]
params = broken=0
expect = pass
"""


class Gate(EndToEnd):
    """A baseline, runs like it, and runs that are not."""

    def gate(self, command="gate", text=GATE_SCENARIO, **knobs):
        self.write("scenarios/one.ini", text)
        env = self.environment(SCENARIO_DIR=os.path.join(self.dir, "scenarios"), MODE="stress",
                               BASELINE=os.path.join(self.dir, "baseline.json"), **knobs)
        return subprocess.run([RUN, command], env=env, capture_output=True, text=True,
                              stdin=subprocess.DEVNULL)

    def verdict(self):
        with open(self.latest("gate.json"), encoding="utf-8") as file:
            return json.load(file)["verdicts"][0]

    def test_gate(self):
        made = self.gate("baseline")
        self.assertEqual(made.returncode, 0, made.stdout + made.stderr)

        same = self.gate(EXPLAIN="1")
        self.assertEqual(same.returncode, 0, same.stdout + same.stderr)
        self.assertRegex(same.stdout, r"(?m)^one +stress +broken \d+/\d+ \(\d+–\d+ %\) +"
                                      r"fixed 0/(\d+) +missed < 0.1 % +PASS$\n    \1 clean trials")
        self.assertGreaterEqual(self.verdict()["sample"]["trials"], 60)
        self.assertNotIn("changed since", same.stdout)

        regressed = self.gate(text=GATE_SCENARIO.replace("broken=0", "broken=1"))
        self.assertEqual(regressed.returncode, 1, regressed.stdout + regressed.stderr)
        self.assertEqual(self.verdict()["verdict"], "REGRESSION")
        self.assertGreater(self.verdict()["again"]["hits"], 0)
        repro = self.verdict()["reproducer"]
        self.assertIn(repro, regressed.stdout)
        self.replay(repro)

        blunt = self.gate(text=GATE_SCENARIO.replace("broken=1", "broken=0"), GATE_BUDGET="20")
        self.assertEqual(blunt.returncode, 2, blunt.stdout + blunt.stderr)
        self.assertEqual(self.verdict()["verdict"], "INCONCLUSIVE")
        self.assertIn("one/broken stress: hit rate fell", blunt.stdout)

        alone = self.gate(text=re.sub(r"(?s)\[variant broken\].*?\n(?=\[)", "", GATE_SCENARIO))
        self.assertEqual(alone.returncode, 2, alone.stdout + alone.stderr)
        self.assertIn("one/broken stress: in the baseline, not run now", alone.stdout)

    def replay(self, repro):
        """The line the gate printed, typed in."""
        knobs = dict(word.split("=", 1) for word in repro.split()[2:])
        self.assertTrue(repro.startswith("make run-scenarios ONLY="))
        self.write("scenarios/one.ini", GATE_SCENARIO.replace("broken=0", "broken=1"))
        result = self.run_scenarios(SCENARIO_DIR=os.path.join(self.dir, "scenarios"), **knobs)
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)

    def test_refusals(self):
        self.refused(self.gate(), "baseline.json", "make baseline")
        self.write("baseline.json", "{")
        self.refused(self.gate(), "baseline.json:1")
        self.write("baseline.json", '{"schema": 2, "kernels": {}, "runs": [{}]}')
        self.refused(self.gate(), "baseline.json", "entry 1")
        self.write("baseline.json", '{"schema": 99, "kernels": {}, "runs": []}')
        self.refused(self.gate(), "baseline.json", "schema 99")
        self.refused(self.gate(GATE_BUDGET="soon"), "GATE_BUDGET", "soon")


class BadInput(EndToEnd):

    def refuse_scenario(self, text, *words):
        self.write("scenarios/one.ini", text)
        self.refused(self.run_scenarios(SCENARIO_DIR=os.path.join(self.dir, "scenarios")),
                     *words)
        self.assertFalse(os.path.exists(os.path.join(self.dir, "results")))

    def test_knobs(self):
        for knob in "JOBS", "CYCLES", "SEED", "FAILURES", "MEMORY":
            with self.subTest(knob):
                self.refused(self.run_scenarios(**{knob: "abc"}), knob, "abc")
        self.refused(self.run_scenarios(MODE="fast"), "MODE", "fast")
        self.refused(self.run_scenarios(MODE="stress fast"), "MODE", "fast is none of")
        self.refused(self.run_scenarios(ONLY="no-such"), "no-such")
        self.refused(self.run_scenarios(JOBS="99999"), "JOBS")

    def test_wrong_key(self):
        self.refuse_scenario(CLEAN_SCENARIO.replace("cycles", "circles"), "one.ini:3", "circles")

    def test_unknown_traffic(self):
        self.refuse_scenario(CLEAN_SCENARIO.replace("chardev\n", "pigeon\n"), "one.ini:5",
                             "pigeon")

    def test_missing_module(self):
        self.write("scenarios/one.ini", CLEAN_SCENARIO.replace("chardev_owner", "no_such"))
        self.refused(self.run_scenarios(SCENARIO_DIR=os.path.join(self.dir, "scenarios")),
                     "one.ini", "no_such")

    def test_module_that_does_not_build(self):
        self.write("scenarios/one.ini", CLEAN_SCENARIO)
        self.write("scenarios/bad.c", "#include <linux/module.h>\nint f(void) { return x; }\n")
        self.refused(self.run_scenarios(SCENARIO_DIR=os.path.join(self.dir, "scenarios")),
                     "bad.c:2")

    def test_no_scenarios(self):
        self.refused(self.run_scenarios(SCENARIO_DIR=os.path.join(self.dir, "none")), "none")
        os.mkdir(os.path.join(self.dir, "empty"))
        self.refused(self.run_scenarios(SCENARIO_DIR=os.path.join(self.dir, "empty")), "empty")

    def test_no_kernel_tree(self):
        self.refused(self.run_scenarios(KERNEL_SRC=os.path.join(self.dir, "none")), "none")
        self.refused(self.run_scenarios(KERNEL="7.0"), "KERNEL=7.0: ", "known: 7.3")

    def test_no_memory_directory(self):
        self.refused(self.run_scenarios(TMPDIR=os.path.join(self.dir, "none"), CYCLES="1",
                                        ONLY="nf-hook"), "none", "TMPDIR")

    def test_nothing_to_resume(self):
        self.refused(self.run_scenarios(RESUME="1"), "nothing to resume")

    def test_results_not_writable(self):
        self.write("results", "a file where the directory should be")
        self.refused(self.run_scenarios(CYCLES="1", ONLY="nf-hook"), "results")


class Readme(EndToEnd):

    def test_example(self):
        """The README's example of a scenario, typed in as it stands there."""
        with open(os.path.join(TOP, "README.md"), encoding="utf-8") as file:
            blocks = re.findall(r"`my-races/([\w.-]+)`:\n\n```\w+\n(.*?)```", file.read(), re.S)
        self.assertEqual({name.rsplit(".")[-1] for name, _ in blocks}, {"c", "ini"})
        for name, text in blocks:
            self.write(f"my-races/{name}", text)
        result = self.run_scenarios(SCENARIO_DIR=os.path.join(self.dir, "my-races"))
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertEqual({v for v in self.verdicts().values()}, {"PASS", "XFAIL"})


if __name__ == "__main__":
    unittest.main()
