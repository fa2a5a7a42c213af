# SPDX-License-Identifier: Apache-2.0
"""Every wait has a bound, and says what it waits for."""
import os
import time


class Failed(AssertionError):
    """A scenario's claim does not hold."""


def patience():
    """Bounds are meant for a busy machine that emulates; KDUMPD_E2E_PATIENCE=2 doubles them all."""
    return float(os.environ.get("KDUMPD_E2E_PATIENCE", "1"))


LONG = 20  # seconds after which a wait says what it waits for


def wait(what, holds, seconds, every=0.5, alive=None, say=None):
    """The first true answer of `holds`, asked again and again; Failed after `seconds`, or when `alive` says why not."""
    began = time.monotonic()
    end = began + seconds * patience()
    while True:
        answer = holds()
        if answer:
            return answer
        gone = alive() if alive else None
        if gone:
            raise Failed(f"waiting for {what}: {gone}")
        if time.monotonic() > end:
            raise Failed(f"waited {seconds * patience():.0f} s for {what}")
        if say and time.monotonic() > began + LONG:
            say(f"waiting for {what}, for at most {seconds * patience():.0f} s")
            say = None
        time.sleep(every)


def expect(what, actual, wanted):
    """wanted: a value, or a predicate over the actual one."""
    good = wanted(actual) if callable(wanted) else actual == wanted
    if not good:
        raise Failed(f"{what}: {actual!r}" + ("" if callable(wanted) else f", expected {wanted!r}"))
