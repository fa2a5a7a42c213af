#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The rig itself, without a machine: what would let a scenario pass or wait for ever by mistake."""
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path
from unittest import mock

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from rig import image, machine, processes, scenario, waiting  # noqa: E402
from rig.node import close_to, unix  # noqa: E402
import scenarios  # noqa: E402, F401
from scenarios import causes  # noqa: E402


class Waiting(unittest.TestCase):
    def test_a_bound_ends_it_and_says_for_what(self):
        with self.assertRaisesRegex(waiting.Failed, "waited 0 s for rain"):
            waiting.wait("rain", lambda: False, 0.05, every=0.01)

    def test_a_machine_that_is_gone_ends_it_at_once(self):
        began = time.monotonic()
        with self.assertRaisesRegex(waiting.Failed, "waiting for rain: QEMU has ended"):
            waiting.wait("rain", lambda: False, 60, alive=lambda: "QEMU has ended")
        self.assertLess(time.monotonic() - began, 10)

    def test_patience_stretches_every_bound(self):
        with mock.patch.dict(os.environ, {"KDUMPD_E2E_PATIENCE": "3"}):
            with self.assertRaisesRegex(waiting.Failed, "waited 3 s for rain"):
                waiting.wait("rain", lambda: False, 1, every=0.01)

    def test_an_expectation_fails_with_both_values(self):
        with self.assertRaisesRegex(waiting.Failed, "colour: 'red', expected 'blue'"):
            waiting.expect("colour", "red", "blue")
        with self.assertRaises(waiting.Failed):
            waiting.expect("time", 13.0, close_to(10))
        waiting.expect("time", 11.5, close_to(10))

    def test_times_are_utc(self):
        self.assertEqual(unix("1970-01-02T00:00:01Z"), 86401)


class Scenarios(unittest.TestCase):
    def perform(self, function):
        one = scenario.Scenario("made", "for this test", function, False, "")
        with tempfile.TemporaryDirectory() as directory:
            return scenario.perform(one, Path("none.deb"), Path(directory) / "made", False, lambda text: None)

    def test_one_that_raises_has_failed(self):
        def breaks(rig):
            rig.prove("one thing")
            waiting.expect("two", 1, 2)
        result = self.perform(breaks)
        self.assertEqual(result.failure, "two: 1, expected 2")
        self.assertTrue(result.disproved)
        text = scenario.report([result])
        self.assertIn("one thing", text)
        self.assertIn("FAILED: two: 1, expected 2", text)

    def test_an_error_in_it_is_a_failure_too(self):
        for breaks, error in ((lambda rig: {}["missing"], "KeyError"), (lambda rig: None.missing, "AttributeError"),
                              (lambda rig: processes.run("false"), "RigError")):
            result = self.perform(breaks)
            self.assertIn(error, result.failure)
            self.assertFalse(result.disproved, "it says nothing of our daemon: under sabotage that is not enough")

    def test_one_that_proves_nothing_says_so(self):
        self.assertIn("nothing", scenario.report([self.perform(lambda rig: None)]))

    def test_each_can_be_sabotaged(self):
        self.assertEqual([one.name for one in scenario.SCENARIOS.values() if not one.sabotage], [])

    def test_each_stands_in_the_readme(self):
        told = re.findall(r"^\| `([a-z0-9-]+)` \|", (HERE / "README.md").read_text(encoding="utf-8"), re.M)
        self.assertEqual(sorted(told), sorted(scenario.SCENARIOS))

    def test_the_quick_lane_is_not_empty_and_not_all(self):
        quick = [one for one in scenario.SCENARIOS.values() if one.quick]
        self.assertTrue(0 < len(quick) < len(scenario.SCENARIOS))

    def test_the_command_refuses_what_it_does_not_know(self):
        done = subprocess.run([HERE / "run.py", "no-such-scenario"], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("no scenario no-such-scenario", done.stderr)


class Cache(unittest.TestCase):
    def setUp(self):
        self.home = tempfile.TemporaryDirectory()
        self.addCleanup(self.home.cleanup)
        patched = mock.patch.dict(os.environ, {"KDUMPD_E2E_CACHE": self.home.name})
        patched.start()
        self.addCleanup(patched.stop)

    def test_what_fails_while_it_is_built_is_not_there(self):
        cached = image.Cached("disk", "1", keep=1)
        with self.assertRaises(processes.RigError):
            cached.get(lambda new: processes.run("false"))
        self.assertFalse(cached.path.exists())

    def test_it_is_built_once_by_two_at_once(self):
        built = []

        def build(new):
            time.sleep(0.2)
            built.append(new)

        threads = [threading.Thread(target=lambda: image.Cached("disk", "1", keep=1).get(build)) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(built), 1)

    def test_old_ones_go_and_what_another_run_may_use_stays(self):
        old = image.Cached("disk", "1", keep=1).get(lambda new: None)
        image.Cached("disk", "2", keep=1).get(lambda new: None)
        self.assertTrue(old.exists(), "it is minutes old")
        os.utime(old, (0, 0))
        image.Cached("disk", "3", keep=1).get(lambda new: None)
        self.assertFalse(old.exists())

    def test_contents_names_and_modes_are_the_key(self):
        at = Path(self.home.name) / "files"
        at.mkdir()
        (at / "a").write_text("1", encoding="utf-8")
        keys = [image.digest(at)]
        (at / "a").chmod(0o755)
        keys.append(image.digest(at))
        (at / "a").write_text("2", encoding="utf-8")
        keys.append(image.digest(at))
        (at / "a").rename(at / "b")
        keys.append(image.digest(at))
        self.assertEqual(len(set(keys)), 4, keys)


class LastMoment(unittest.TestCase):
    def test_it_is_that_of_the_last_line_of_the_kernel_that_crashed(self):
        console = ("[    0.000000] Linux version 6.1\n[   40.000000] e2e: crash at 900.0 \n[   41.000000] BUG\n"
                   "[    0.000000] Linux version 6.1\n[    9.000000] systemd[1]: hello\n[    0.000000] Linux version 6.1\n"
                   "[   50.250000] e2e: crash at 1000.5 \n[   50.300000] crashme: bug\n[   62.250000] BUG\n"
                   "[    0.000000] Linux version 6.1\n[   99.000000] systemd[1]: hello\n")
        self.assertEqual(causes.last_moment(console, 1000.5), 1012.5)


class Processes(unittest.TestCase):
    def test_a_command_has_a_bound(self):
        with self.assertRaisesRegex(processes.RigError, "sleep 60: not done after 0.1 s"):
            processes.run("sleep", "60", seconds=0.1)

    def test_what_was_started_ends_with_whoever_is_killed(self):
        program = ("import sys, time; sys.path.insert(0, sys.argv[1]); from rig import processes; "
                   "print(processes.spawn(['sleep', '600'], '/dev/null').pid, flush=True); time.sleep(600)")
        with subprocess.Popen([sys.executable, "-B", "-c", program, str(HERE)], stdout=subprocess.PIPE, text=True) as parent:
            child = int(parent.stdout.readline())
            command = Path(f"/proc/{child}/cmdline")
            waiting.wait("the program to run", lambda: b"sleep" in command.read_bytes(), 20, every=0.05)
            parent.kill()
        waiting.wait("the program to end", lambda: not command.exists() or not command.read_bytes(), 20, every=0.05)


class Acceleration(unittest.TestCase):
    def test_a_kernel_that_does_not_come_up_is_emulated(self):
        with mock.patch.object(machine, "QEMU", "/bin/false"), mock.patch("os.access", return_value=True):
            self.assertEqual(machine.accelerator.__wrapped__(Path("kernel")), "tcg")


if __name__ == "__main__":
    unittest.main()
