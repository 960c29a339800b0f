"""What the Python scripts share: checks that are run in order and reported in lines the harness understands.

A script registers functions with `@check("what holds")` and ends with `main()`. A function fails by raising.
"""

import asyncio
import inspect
import sys
import time
import traceback

_CHECKS = []


def check(name):
    """Registers a function, plain or async, as one check. A colon would end the name when the check fails."""
    assert ": " not in name, name

    def register(function):
        _CHECKS.append((name, function))
        return function

    return register


def say(word, text=""):
    """One line to the harness."""
    line = " ".join(str(text).split("\n"))
    print(f"::{word} {line}".rstrip(), flush=True)


def main():
    """Runs every check, whatever became of those before it."""
    for name, function in _CHECKS:
        say("progress", name)
        began = time.monotonic()
        try:
            if inspect.iscoroutinefunction(function):
                asyncio.run(asyncio.wait_for(function(), 90))
            else:
                function()
        except Exception as error:
            print(f"{name}:", file=sys.stderr)
            traceback.print_exc()
            where = traceback.extract_tb(error.__traceback__)[-1]
            text = f"{type(error).__name__} in {where.name}, line {where.lineno}: {error}"
            say("failed", f"{time.monotonic() - began:.3f} {name}: {text}")
        else:
            say("ok", f"{time.monotonic() - began:.3f} {name}")
    say("done")


def same(found, expected, what="it"):
    """Fails unless both are equal."""
    if found != expected:
        raise AssertionError(f"{what}: {_short(expected)} was expected and {_short(found)} came")


def holds(claim, what):
    """Fails unless the claim is true."""
    if not claim:
        raise AssertionError(what)


def eventually(condition, what, seconds=30):
    """Waits until the condition gives something, and returns that."""
    until = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > until:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.02)


def _short(value):
    text = repr(value)
    return text if len(text) <= 300 else f"{text[:300]}…"
