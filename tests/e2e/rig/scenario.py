# SPDX-License-Identifier: Apache-2.0
"""What a scenario is, and the tables that are printed of them."""
import shutil
import threading
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path

from . import image
from .node import Node
from .processes import RigError
from .waiting import Failed

SCENARIOS = {}
# A sabotage: no dump can be looked into.
BROKEN_INSPECTOR = "helper=$(find /usr -name kdumpd-inspect -type f); printf '#!/bin/sh\\nexit 1\\n' > $helper"


@dataclass
class Scenario:
    name: str
    about: str
    run: object
    quick: bool
    sabotage: str  # the shell command that breaks our daemon so that this scenario must fail


def scenario(name, about, *, quick=False, sabotage=""):
    """Registers a function of a Rig. `sabotage` is run in the node's image: with it the scenario must fail."""
    def register(function):
        SCENARIOS[name] = Scenario(name, about, function, quick, sabotage)
        return function
    return register


@dataclass
class Rig:
    """What a scenario works with: nodes of its own, and where it says what it has proven."""
    scenario: Scenario
    package: Path
    directory: Path
    sabotaged: bool = False
    proofs: list = field(default_factory=list)
    ledger: list = field(default_factory=list)  # (node, readiness before, ledger after)
    nodes: list = field(default_factory=list)
    log: object = print

    def say(self, text):
        self.log(f"{self.scenario.name:<14} {text}")

    def node(self, name, variant="debian", modules=(), **options):
        """A node with a fresh disk and our package, not started: see Machine for the options."""
        disk = image.disk(variant, self.package, self.say, modules=modules,
                          sabotage=self.scenario.sabotage if self.sabotaged else "")
        node = Node(name, self.directory / name, disk, say=self.say, **options)
        self.nodes.append(node)
        return node

    def prove(self, text):
        """A claim that has just been shown to hold."""
        self.proofs.append(text)
        self.say(f"proven: {text}")

    def before(self, name, node):
        """What the node says of itself before it is harmed; the first cell of a row of the ledger."""
        said = node.api("/api/v1/readiness")
        node.metrics(keep="before")
        problem = said["reason"] or ""
        self.ledger.append([name, said["verdict"] + (f": {problem}" if problem else ""), ""])
        return said

    def after(self, node):
        """How its last boot ended, by its own account; the row that `before` began."""
        boot = node.wait_decided()
        node.metrics(keep="after")
        cause = boot["cause"]["code"] if boot["cause"] else None
        self.ledger[-1][2] = ", ".join(filter(None, [boot["outcome"], boot["reason"], cause]))
        return boot

    def close(self, failed):
        for node in self.nodes:
            if failed:
                try:
                    self.say(f"kept of {node.name}: {node.keep_evidence()}, {node.serial_path()}")
                except (OSError, RigError, Failed) as problem:
                    self.say(f"of {node.name} no more than {node.serial_path()} could be kept: {problem}")
            node.discard()


@dataclass
class Result:
    scenario: Scenario
    rig: Rig
    seconds: float
    failure: str
    disproved: bool  # the failure is one of our daemon: a claim did not hold


def perform(one, package, directory, sabotaged, log):
    """One scenario, from fresh disks to nothing left but artefacts."""
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    rig = Rig(one, package, directory, sabotaged, log=log)
    began, failure, disproved = time.monotonic(), "", False
    rig.say(one.about)
    try:
        one.run(rig)
    except Failed as problem:
        failure, disproved = str(problem), True
    except Exception:  # pylint: disable=broad-except; the other scenarios go on, whatever this one did
        failure = traceback.format_exc()
    if failure:
        rig.say(f"FAILED: {failure}")
        (directory / "failure.txt").write_text(failure + "\n", encoding="utf-8")
    rig.close(bool(failure))
    return Result(one, rig, time.monotonic() - began, failure, disproved)


def run_all(chosen, package, directory, sabotaged=False, jobs=2, log=print):
    """`jobs` scenarios at a time; the results in the order asked for."""
    waiting, results, guard = list(chosen), {}, threading.Lock()

    def work():
        while True:
            with guard:
                if not waiting:
                    return
                one = waiting.pop(0)
            results[one.name] = perform(one, package, directory / one.name, sabotaged, log)

    threads = [threading.Thread(target=work, daemon=True) for _ in range(max(1, min(jobs, len(waiting))))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [results[one.name] for one in chosen]


def table(rows, heads):
    widths = [max(len(str(row[column])) for row in [heads, *rows]) for column in range(len(heads))]
    lines = ["  ".join(str(cell).ljust(width) for cell, width in zip(row, widths)).rstrip() for row in [heads, *rows]]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]])


def report(results):
    """The two tables: what was proven, and readiness before beside the ledger after."""
    rows = []
    for result in results:
        proofs = [*result.rig.proofs, *([f"FAILED: {result.failure.strip().splitlines()[-1]}"] if result.failure else [])]
        for number, proof in enumerate(proofs or ["nothing"]):
            first = number == 0
            rows.append([result.scenario.name if first else "", proof, f"{result.seconds:.0f}" if first else ""])
    text = table(rows, ["scenario", "proven", "seconds"])
    ledger = [row for result in results for row in result.rig.ledger]
    if ledger:
        text += "\n\n" + table(ledger, ["node", "readiness before", "ledger after"])
    return text
