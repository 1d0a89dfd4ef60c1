# SPDX-License-Identifier: MIT
"""One command, timed by bench/clock, and signals that end the benchmark."""

import os
import re
import signal
import subprocess
import tempfile

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Failure(Exception):
    """Something that ends the benchmark, in words for the user."""


class Wrong(Exception):
    """A contestant failed, or its copy is none: it does not count."""


class Stopped(BaseException):
    """A signal came; it is raised again once all is cleaned up."""


def stop(number, _frame):
    for each in SIGNALS:  # cleaning up is not to be cut short
        signal.signal(each, signal.SIG_IGN)
    raise Stopped(number)


def catch_signals():
    for each in SIGNALS:
        if signal.getsignal(each) != signal.SIG_IGN:
            signal.signal(each, stop)


def end_group(process):
    """Kills all that a command started, and waits until it is gone."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def call(argv, **options):
    """Runs something that is not measured; what it says is kept for errors."""
    try:
        done = subprocess.run(argv, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False,
                              **options)
    except OSError as error:
        raise Failure(f"{argv[0]}: {error.strerror}") from error
    said = done.stdout.decode(errors="replace").strip()
    if done.returncode:
        raise Failure(f"{' '.join(argv)}: {said or done.returncode}")
    return said


def explain(status, said):
    if os.WIFSIGNALED(status):
        return f"killed by signal {os.WTERMSIG(status)}"
    plain = re.sub(r"\x1b\[[0-9;]*m", "", said)
    first = plain.strip().replace("|", "/").splitlines()[:1]
    return f"exit {os.WEXITSTATUS(status)}" + "".join(
        ": " + line[:150] for line in first)


def busy_seconds():
    """CPU time that all of the machine has used, and was kept from using."""
    with open("/proc/stat", encoding="ascii") as stat:
        ticks = [int(word) for word in stat.readline().split()[1:9]]
    idle = ticks[3] + ticks[4]
    return (sum(ticks) - idle) / os.sysconf("SC_CLK_TCK")


class Clock:
    """Runs commands by the program bench/clock."""

    def __init__(self, program, patience=900):
        self.program, self.patience = program, patience

    def run(self, argv, sync=None):
        """Returns seconds, cpu seconds and rss bytes, or raises Wrong.

        With sync, a directory, its file system is written out within them.
        "others" are CPU seconds that went elsewhere meanwhile.
        """
        before = busy_seconds()
        options = ["-s", sync] if sync else []
        with tempfile.TemporaryFile() as errors:
            with subprocess.Popen(
                    [self.program, *options, "--", *argv],
                    stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                    stderr=errors, start_new_session=True) as process:
                try:
                    line, _ = process.communicate(timeout=self.patience)
                except subprocess.TimeoutExpired as error:
                    raise Wrong(f"not done in {self.patience} s") from error
                finally:
                    end_group(process)
            errors.seek(0)
            said = errors.read(1 << 16).decode(errors="replace")
        if process.returncode:
            raise Failure(f"{self.program}: {said}")
        wall, user, system, rss, status = line.split()
        if int(status):
            raise Wrong(explain(int(status), said))
        cpu = float(user) + float(system)
        return {"seconds": float(wall), "cpu": cpu, "rss": int(rss) * 1024,
                "others": max(0, busy_seconds() - before - cpu)}
