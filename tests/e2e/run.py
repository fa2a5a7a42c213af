#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Machines that really panic and really dump, and what our daemon makes of it.

run.py --package FILE.deb [--all | --list | --show | NAME...]: without names the quick lane. Artefacts of each scenario (serial
logs, metrics before and after the crash, evidence of what failed) stay in --directory.
"""
import argparse
import os
import sys
import time
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

from rig import scenario  # noqa: E402
from rig.show import show  # noqa: E402
import scenarios  # noqa: E402, F401 (registers them)

BEGAN = time.monotonic()


def log(text):
    elapsed = int(time.monotonic() - BEGAN)
    for line in text.splitlines():
        print(f"[{elapsed // 60:3}:{elapsed % 60:02}] {line}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="scenarios to run")
    parser.add_argument("--all", action="store_true", help="every scenario")
    parser.add_argument("--list", action="store_true", help="the scenarios and what they are about")
    parser.add_argument("--show", action="store_true", help="narrate one crash, from armed to acknowledged")
    parser.add_argument("--package", type=Path, help="our Debian package")
    parser.add_argument("--directory", type=Path, default=Path("build/e2e"), help="of the artefacts")
    parser.add_argument("--jobs", type=int, default=max(1, min(4, os.cpu_count() or 1)), help="scenarios at a time")
    parser.add_argument("--sabotaged", action="store_true",
                        help="break our daemon in each scenario's own way, and demand that the scenario fails")
    arguments = parser.parse_args()
    known = scenario.SCENARIOS
    if arguments.list:
        print(scenario.table([[one.name, "quick" if one.quick else "", one.about] for one in known.values()],
                             ["scenario", "lane", "about"]))
        return 0
    unknown = [name for name in arguments.names if name not in known]
    if unknown:
        parser.error(f"no scenario {', '.join(unknown)}; there are {', '.join(known)}")
    chosen = [known[name] for name in arguments.names] or [one for one in known.values() if arguments.all or one.quick]
    if not arguments.package or not arguments.package.is_file():
        parser.error("--package: a .deb of ours is needed")
    if arguments.show:
        show(arguments.package.resolve(), arguments.directory.resolve() / "show", lambda text: print(text, file=sys.stderr),
             lambda text: print(text, flush=True))
        return 0
    results = scenario.run_all(chosen, arguments.package.resolve(), arguments.directory.resolve(),
                               arguments.sabotaged, arguments.jobs, log)
    text = scenario.report(results)
    (arguments.directory / "table.txt").write_text(text + "\n", encoding="utf-8")
    failed = [result for result in results if result.failure]
    print(f"\n{text}\n")
    if arguments.sabotaged:
        disproved = [result for result in results if result.disproved]  # a rig that broke has shown nothing
        print(f"{len(disproved)} of {len(results)} sabotaged scenarios failed, as all must; "
              f"{time.monotonic() - BEGAN:.0f} s")
        return 0 if len(disproved) == len(results) else 1
    print(f"{len(results) - len(failed)} of {len(results)} scenarios passed, {time.monotonic() - BEGAN:.0f} s; "
          f"artefacts: {arguments.directory}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
