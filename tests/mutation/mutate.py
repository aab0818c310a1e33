#!/usr/bin/python3
"""Asks the tests whether they notice when the library is wrong: makes one small change after the other to a private
copy of lib/, and reports those that no test notices.

usage: mutate.py [--sample N] [--seed S] [--file lib/FILE]... [--jobs N] [--for SECONDS] [--again] [--quick]
                 [--budget SECONDS] [--list | --report | --check]

Only the tests that reach the changed line are asked, the cheapest first, until the budget of time is used up: the unit
tests, those over the loopback interface, and a part of the simulation and of the fault matrix. The first that fails, or
does not end in a few times its own time, kills the mutant. One that lives at last meets the whole fault matrix, which
takes minutes, in a build where a sum that overflows ends the program. Where the compiler makes the same code of a
mutant as of the library, nobody can tell the two apart, and no test is asked.

The copies, their builds and the results are in build-mutation (MUTATION_DIR names another folder). What stands in the
results is not judged again as long as its function stays as it is, so a run that was ended goes on when it is started
again; --for begins no further one after so many seconds; --again judges those anew that survived or were not reached
so far, and no others. Files in whose place this system has another one are left out.

equivalent.txt holds the mutants that are no mistakes, with the reasons: one that no longer exists is an error, and so
is one that a test kills. --check looks at that alone. --report judges none, and tells of all results that there are,
file by file. The exit status is 1 where mutants survive that equivalent.txt does not name, 3 where a signal ended it.
"""
import argparse
import collections
import fcntl
import hashlib
import json
import os
import pathlib
import queue
import signal
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True  # the working tree stays as it is
HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE))

import programs  # noqa: E402
from judge import Judge, Verdict  # noqa: E402
from library import STAGES, Copy  # noqa: E402
from programs import say  # noqa: E402
from reach import Reach  # noqa: E402


def lot(seed, name):
    """What a mutant draws, whichever others there are: a sample stays as it is where other code changes."""
    return int.from_bytes(hashlib.sha256(f"{seed} {name}".encode()).digest()[:8], "big")


def find_mutants(source, files, includes):
    """All mutants by name."""
    from mutants import key, mutants_of  # libclang may have to be installed first
    found = {}
    for name in files:
        for mutant in mutants_of(name, source / name, ["-D_GNU_SOURCE", "-std=c11", *includes]):
            found[key(mutant)] = mutant
    return found


def files_of(source):
    return sorted(str(path.relative_to(source)) for path in (source / "lib").rglob("*.[ch]"))


class Results:
    """What became of each mutant, in a file that grows."""

    def __init__(self, path):
        self.path = path
        self.lock = threading.Lock()
        self.entries = {}
        if path.exists():
            for entry in map(json.loads, path.read_text().splitlines()):
                self.entries[entry["mutant"]] = entry

    def of(self, mutants):
        """The verdicts on these; one about a function that has changed since does not count."""
        return {name: Verdict(entry["result"], entry["test"]) for name, entry in self.entries.items()
                if name in mutants and mutants[name].version == entry["version"]}

    def add(self, name, mutant, verdict):
        entry = {"mutant": name, "version": mutant.version, "result": verdict.result, "test": verdict.test}
        with self.lock, self.path.open("a") as file:
            self.entries[name] = entry
            file.write(json.dumps(entry) + "\n")


def read_equivalent():
    """The mutants that are no mistakes. Lines: one or more of them, and after them, indented, the reason."""
    names, waiting = set(), []
    for line in (HERE / "equivalent.txt").read_text().splitlines():
        if line.startswith(" "):
            names.update(waiting)
            waiting = []
        elif line and not line.startswith("#"):
            waiting.append(line)
    if waiting:
        raise SystemExit(f"equivalent.txt says no reason for {waiting[0]}")
    return names


def wrong_claims(equivalent, mutants, verdicts):
    """What equivalent.txt says that is not so."""
    files = {mutant.file for mutant in mutants.values()}
    for name in sorted(equivalent):
        if name not in mutants and name.split()[0] in files:
            yield f"no such mutant, but equivalent.txt names it: {name}"
        elif name in verdicts and verdicts[name].result in ("killed", "timed out"):
            yield f"{verdicts[name].test} kills it, but equivalent.txt names it: {name}"


def count(verdicts, equivalent):
    """How many there are of each kind."""
    counts = collections.Counter()
    for name, verdict in verdicts.items():
        is_alive = verdict.result in ("survives", "not reached")
        counts["equivalent" if is_alive and name in equivalent else verdict.result] += 1
        if verdict.result in ("killed", "timed out"):
            counts[stage_of(verdict.test)] += 1
    return counts


def stage_of(test):
    return test.split("-")[0]


def score(counts):
    killed = counts["killed"] + counts["timed out"]
    judged = killed + counts["survives"] + counts["not reached"]
    return f"{100 * killed / judged:.1f} %" if judged else "none"


def describe(counts):
    stages = ", ".join(f"{counts[stage]} by {stage}" for stage in STAGES)
    killed = counts["killed"] + counts["timed out"]
    return (f"{killed} killed ({stages}; {counts['timed out']} of them did not end), {counts['survives']} survive, "
            f"{counts['not reached']} not reached; {counts['equivalent']} equivalent, {counts['same code']} same code, "
            f"{counts['does not build']} do not build; score {score(counts)}")


def report(mutants, verdicts, equivalent):
    by_file = collections.defaultdict(dict)
    for name, verdict in verdicts.items():
        by_file[mutants[name].file][name] = verdict
    for file, those in sorted(by_file.items()):
        print(f"{file}: {describe(count(those, equivalent))}")
    failures = 0
    for name, verdict in sorted(verdicts.items(), key=lambda item: (mutants[item[0]].file, mutants[item[0]].line)):
        if verdict.result in ("survives", "not reached") and name not in equivalent:
            failures += 1
            print(f"{verdict.result}: line {mutants[name].line}: {name}")
    for claim in wrong_claims(equivalent, mutants, verdicts):
        failures += 1
        print(claim)
    print(f"{len(verdicts)} of {len(mutants)} mutants: {describe(count(verdicts, equivalent))}")
    return 1 if failures else 0


def work(judge, todo, results, end, total):
    """Takes one after the other until none is left or the time is over."""
    while time.monotonic() < end:
        try:
            name, mutant = todo.get_nowait()
            verdict = judge.judge(mutant)
        except (queue.Empty, programs.Over):
            return
        results.add(name, mutant, verdict)
        say(f"{total - todo.qsize()}/{total} {mutant.file}:{mutant.line}: {name.split(': ', 1)[1]}: "
            f"{' by '.join(filter(None, verdict))}")


def judge_all(judges, todo, results, end):
    waiting = queue.Queue()
    for item in sorted(todo.items(), key=lambda item: (item[1].file, item[1].start)):
        waiting.put(item)
    threads = [threading.Thread(target=work, args=(judge, waiting, results, end, len(todo))) for judge in judges]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def end_on_signals():
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: programs.end_all())


def only_one(place):
    """Two runs in one folder would judge each other's mutants."""
    lock = (place / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise SystemExit(f"another run uses {place}") from None
    return lock


def read_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", type=int, default=None, metavar="N", help="only so many, drawn by the seed")
    parser.add_argument("--seed", type=int, default=1, metavar="S")
    parser.add_argument("--file", action="append", metavar="FILE",
                        help="only those of this file, such as lib/error.c, or of this folder")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="judge so many at once, each in its own copy")
    parser.add_argument("--for", type=float, dest="seconds", default=float("inf"), metavar="SECONDS",
                        help="begin no further one after that time")
    parser.add_argument("--again", action="store_true",
                        help="make those anew that survived or were not reached so far, and no others")
    parser.add_argument("--budget", type=float, default=60, metavar="SECONDS",
                        help="what all tests of one mutant may take (60)")
    parser.add_argument("--quick", action="store_true", help="ask no test over the loopback interface")
    parser.add_argument("--list", action="store_true", help="print the mutants, and make none")
    parser.add_argument("--report", action="store_true", help="make none; tell of all results that there are")
    parser.add_argument("--check", action="store_true",
                        help="make none; look whether equivalent.txt names what there is")
    return parser.parse_args()


def install_tools():
    subprocess.run([ROOT / "tests" / "install-packages.sh", "gcc:gcc", "file:/usr/include/stdio.h:libc6-dev",
                    "meson:meson", "ninja:ninja-build", "pkg-config:pkg-config", "pkgconfig:check:check", "git:git",
                    "prlimit:util-linux", "clang:clang",
                    "file:/usr/lib/python3/dist-packages/clang/cindex.py:python3-clang"],
                   check=True)


def wanted(mutants, options):
    """Those that this run is about: of the files that were named, and of those the sample."""
    names = [name for name, mutant in mutants.items()
             if not options.file or any(mutant.file.startswith(file) for file in options.file)]
    return {name: mutants[name] for name in sorted(names, key=lambda name: lot(options.seed, name))[:options.sample]}


def judge_wanted(place, mutants, results, options):
    copies = [Copy(place / f"copy-{number}") for number in range(1, options.jobs + 1)]
    reach = Reach(place, copies[0].build, [stage for stage in STAGES if stage != "loopback" or not options.quick])
    mutants = {name: mutant for name, mutant in mutants.items() if copies[0].has(mutant.file)}
    end = time.monotonic() + options.seconds
    verdicts = results.of(mutants)
    if options.again:
        alive = {name for name, verdict in verdicts.items() if verdict.result in ("survives", "not reached")}
        todo = {name: mutants[name] for name in mutants.keys() & (alive - read_equivalent())}
    else:
        todo = {name: mutants[name] for name in mutants.keys() - verdicts.keys()}
    say(f"{len(mutants)} mutants, {len(todo)} of them to be judged; seed {options.seed}")
    judge_all([Judge(copy, reach, options.budget) for copy in copies], todo, results, end)


def main():
    options = read_options()
    place = pathlib.Path(os.environ.get("MUTATION_DIR", ROOT / "build-mutation")).resolve()
    install_tools()
    everything = find_mutants(ROOT, files_of(ROOT), [f"-I{ROOT / 'include'}", f"-I{ROOT / 'lib'}"])
    if options.check:
        claims = list(wrong_claims(read_equivalent(), everything, {}))
        print("\n".join(claims) or "every mutant of equivalent.txt exists")
        return 1 if claims else 0
    mutants = wanted(everything, options)
    if options.list:
        print("\n".join(mutants))
        return 0
    place.mkdir(parents=True, exist_ok=True)
    results = Results(place / "results.jsonl")
    if not options.report:
        end_on_signals()
        try:
            with only_one(place):
                judge_wanted(place, mutants, results, options)
        except programs.Over:
            say("ended; the same command goes on from here")
            return 3
    return report(mutants, results.of(mutants), read_equivalent())


if __name__ == "__main__":
    sys.exit(main())
