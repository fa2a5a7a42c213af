# SPDX-License-Identifier: Apache-2.0
"""Programs that the rig runs: each has a bound, and none outlives us."""
import subprocess


class RigError(Exception):
    """What a test needs could not be had; that says nothing of our daemon."""


def run(*command, seconds=900, **options):
    """What a command printed; RigError with its own words when it fails or takes longer than `seconds`."""
    words = [str(word) for word in command]
    try:
        done = subprocess.run(words, capture_output=True, text=True, errors="replace", timeout=seconds, check=False, **options)
    except subprocess.TimeoutExpired as late:
        raise RigError(f"{' '.join(words)}: not done after {seconds} s") from late
    if done.returncode != 0:
        raise RigError(f"{' '.join(words)}: exit {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def spawn(words, output):
    """A program that ends with us, whatever ends us (the thread that starts it counts)."""
    with open(output, "ab") as log:
        return subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *words], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                start_new_session=True)
