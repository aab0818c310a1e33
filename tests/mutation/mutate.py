#!/usr/bin/python3
"""Asks the tests whether they notice when the library is wrong: makes one small change after the other to a private copy
of lib/, and reports those that no test notices.

usage: mutate.py [--sample N] [--seed S] [--file lib/FILE]... [--part K/N] [--again] [--for SECONDS]
                 [--list] [--report]

A mutant is killed by the first test that fails on it or does not end in time: the unit tests are asked first, then
those over the loopback interface that have to do with its file. Several run at once, so a test that failed is asked again,
alone.

The copy, its build and the results are in build-mutation (MUTATION_DIR names another folder); with --part each part has
a copy of its own. What stands in the results is not made again, so a run that was ended goes on when it is started again;
--again makes those anew that survived so far, and no others; --for begins no further one after so many seconds.
equivalent.txt holds the mutants that are no mistakes, with the reasons. The exit status is 1 where others survive.
--report makes none, and tells of all results there are, of all parts.
"""
import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

sys.dont_write_bytecode = True  # the working tree stays as it is
HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TESTS_AT_ONCE = 4
PATIENCE = 4  # a test may take so many times as long as it did on the library as it is, and ten seconds more
# What a file below that folder is asked about over the loopback interface: names begin so. Elsewhere all are asked.
SUBJECTS = {
    "lib/client/": ("client-", "echo-sizes", "self-connect", "unix-", "families", "getters"),
    "lib/load/": ("load-",),
}
NOT_OF_THE_SERVER = ("client-", "load-", "self-connect")


def say(text):
    print(f"mutate.py: {text}", file=sys.stderr, flush=True)


def end_session(leader):
    """Ends whatever is left of it. Each test of Check is a process group of its own, so a group would not be enough."""
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
            if int(fields[3]) == leader:
                os.kill(int(stat.parent.name), signal.SIGKILL)
        except (ProcessLookupError, FileNotFoundError):
            pass  # it has ended meanwhile


def run(command, folder, timeout_s=600):
    """The status of a command, None where it did not end in time. Everything that it started is gone then."""
    with subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, start_new_session=True) as process:
        try:
            return process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return None
        finally:
            end_session(process.pid)


class Copy:
    """A private copy of the repository with a build of its own."""

    def __init__(self, folder):
        self.source = folder / "source"
        self.build = folder / "build"
        listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
                                check=True, capture_output=True, text=True)
        for name in filter(None, listed.stdout.split("\0")):
            if (ROOT / name).is_file():
                self.update(name)
        self.times_s = {}

    def update(self, name):
        """What is the same stays untouched: it is older than what was built of it."""
        copied = self.source / name
        copied.parent.mkdir(parents=True, exist_ok=True)
        if not copied.exists() or copied.read_bytes() != (ROOT / name).read_bytes():
            shutil.copy(ROOT / name, copied)

    def make(self):
        options = ["-Dexamples=disabled", "-Ddocs=disabled", "-Dwarning_level=0", "-Ddebug=false", "-Doptimization=1"]
        if not (self.build / "build.ninja").exists():
            subprocess.run(["meson", "setup", *options, str(self.build), str(self.source)], check=True,
                           stdout=subprocess.DEVNULL)
        # New tests count.
        subprocess.run(["ninja", "build.ninja"], cwd=self.build, check=True, stdout=subprocess.DEVNULL)
        asked = subprocess.run(["meson", "introspect", "--tests", str(self.build)], check=True, capture_output=True,
                               text=True)
        tests = json.loads(asked.stdout)
        self.units = [test["cmd"][0] for test in tests if test["suite"] == ["sockecho:unit"]]
        self.loopbacks = [test["cmd"][0] for test in tests if test["suite"] == ["sockecho:loopback"]]
        if not self.build_targets(self.units + self.loopbacks):
            raise SystemExit("the library as it is does not build")

    def build_targets(self, programs):
        names = [str(pathlib.Path(program).relative_to(self.build)) for program in programs]
        return run(["ninja", "-j2", *names], self.build) == 0

    def measure(self):
        """How long each test takes on the library as it is, where all of them have to pass."""
        times = self.build / "times.json"
        if times.exists():
            self.times_s = json.loads(times.read_text())
        for program in self.units + self.loopbacks:
            if program in self.times_s:
                continue
            start = time.monotonic()
            if run([program], self.build) != 0:
                raise SystemExit(f"{program} fails on the library as it is")
            self.times_s[program] = time.monotonic() - start
            times.write_text(json.dumps(self.times_s))

    def compile_arguments(self, name):
        for entry in json.loads((self.build / "compile_commands.json").read_text()):
            path = (self.build / entry["file"]).resolve()
            if path == self.source / name and "sockecho-objects" in entry["output"]:
                includes = [self.build / word[2:] for word in entry["command"].split() if word.startswith("-I")]
                return ["-D_GNU_SOURCE", "-std=c11", *(f"-I{folder}" for folder in includes)]
        return None  # another file stands in its place on this system

    def related(self, name):
        """The tests over the loopback interface, the quickest first."""
        def wanted(program):
            test = pathlib.Path(program).name.removeprefix("loopback-")
            for folder, subjects in SUBJECTS.items():
                if name.startswith(folder):
                    return test.startswith(subjects)
            return not (name.startswith("lib/server/") and test.startswith(NOT_OF_THE_SERVER))
        return sorted(filter(wanted, self.loopbacks), key=self.times_s.get)


def fails(copy, program):
    return run([program], copy.build, PATIENCE * copy.times_s[program] + 10) != 0


def first_to_fail(copy, programs):
    """The first test that notices, or None. With one at a time what fails is believed, else it is asked again."""
    with concurrent.futures.ThreadPoolExecutor(TESTS_AT_ONCE) as pool:
        asked = {pool.submit(fails, copy, program): program for program in programs}
        suspects = []
        for future in concurrent.futures.as_completed(asked):
            if not future.cancelled() and future.result():
                suspects.append(asked[future])
                for other in asked:
                    other.cancel()
    for program in suspects:
        if fails(copy, program):
            return pathlib.Path(program).name
    if suspects:  # only the crowd made them fail: ask the others as well
        return first_to_fail(copy, [program for program in programs if program not in suspects])
    return None


def judge(copy, mutant):
    """The name of the test that kills the mutant, "survives" or "does not build"."""
    if not copy.build_targets(copy.units):
        return "does not build"
    killer = first_to_fail(copy, sorted(copy.units, key=copy.times_s.get))
    if killer:
        return killer
    programs = copy.related(mutant.file)
    if not copy.build_targets(programs):
        return "does not build"
    return first_to_fail(copy, programs) or "survives"


def try_mutant(copy, mutant):
    path = copy.source / mutant.file
    original = path.read_bytes()
    path.write_bytes(original[:mutant.start] + mutant.new.encode() + original[mutant.end:])
    try:
        return judge(copy, mutant)
    finally:
        path.write_bytes(original)


def read_results(path):
    if not path.exists():
        return {}
    return {entry["mutant"]: entry["result"] for entry in map(json.loads, path.read_text().splitlines())}


def read_equivalent():
    """The mutants that are no mistakes. Lines: the mutant, and after it, indented, the reason."""
    lines = (HERE / "equivalent.txt").read_text().splitlines()
    return {line for line in lines if line and not line.startswith((" ", "#"))}


def report(results, equivalent):
    built = {mutant: result for mutant, result in results.items() if result != "does not build"}
    no_mistakes = [mutant for mutant, result in built.items() if result == "survives" and mutant in equivalent]
    survivors = [mutant for mutant, result in built.items() if result == "survives" and mutant not in equivalent]
    killed = len(built) - len(no_mistakes) - len(survivors)
    counted = killed + len(survivors)
    for survivor in survivors:
        print(f"survives: {survivor}")
    by_unit = sum(1 for result in built.values() if result.startswith("unit-"))
    print(f"{len(results)} mutants: {len(results) - len(built)} do not build, {len(no_mistakes)} are equivalent, "
          f"{killed} killed ({by_unit} by unit tests), {len(survivors)} survive; "
          f"score {100 * killed / counted if counted else 0:.1f} %")
    return len(survivors)


def report_all(place):
    results = {}
    for log in sorted(place.glob("part-*/results.jsonl")):
        results.update(read_results(log))
    return report(results, read_equivalent())


def lot(seed, name):
    """What a mutant draws, whichever others there are: a sample stays as it is where other code changes."""
    return int.from_bytes(hashlib.sha256(f"{seed} {name}".encode()).digest()[:8], "big")


def chosen(copy, options):
    from mutants import key, mutants_of  # libclang may have to be installed first
    files = options.file or sorted(str(path.relative_to(copy.source)) for path in (copy.source / "lib").glob("**/*.c"))
    found = []
    for name in files:
        arguments = copy.compile_arguments(name)
        if arguments is not None:
            found += mutants_of(name, copy.source / name, arguments)
    named = {key(mutant): mutant for mutant in found}
    names = sorted(named, key=lambda name: lot(options.seed, name))[:options.sample]
    part, parts = map(int, options.part.split("/"))
    return {name: named[name] for name in names if lot(0, name) % parts == part - 1}, len(found)


def read_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", type=int, default=None, metavar="N", help="only so many, drawn by the seed")
    parser.add_argument("--seed", type=int, default=1, metavar="S")
    parser.add_argument("--file", action="append", metavar="FILE", help="only those of this file, such as lib/error.c")
    parser.add_argument("--part", default="1/1", metavar="K/N",
                        help="the K-th of N parts, which may run beside each other")
    parser.add_argument("--again", action="store_true", help="make those anew that survived so far, and no others")
    parser.add_argument("--for", type=float, dest="seconds", default=float("inf"), metavar="SECONDS",
                        help="begin no further one after that time")
    parser.add_argument("--report", action="store_true", help="make none; tell of all results that there are")
    parser.add_argument("--list", action="store_true", help="print the mutants, and make none")
    return parser.parse_args()


def install_tools():
    subprocess.run([ROOT / "tests" / "install-packages.sh", "gcc:gcc", "file:/usr/include/stdio.h:libc6-dev",
                    "meson:meson",
                    "ninja:ninja-build", "pkg-config:pkg-config", "pkgconfig:check:check", "git:git",
                    "file:/usr/lib/python3/dist-packages/clang/cindex.py:python3-clang"], check=True)


def main():
    options = read_options()
    place = pathlib.Path(os.environ.get("MUTATION_DIR", ROOT / "build-mutation")).resolve()
    if options.report:
        return 1 if report_all(place) else 0
    install_tools()
    place = place / ("part-" + options.part.replace("/", "-of-"))
    place.mkdir(parents=True, exist_ok=True)
    copy = Copy(place)
    copy.make()
    mutants, total = chosen(copy, options)
    if options.list:
        print("\n".join(mutants))
        return 0
    say(f"{len(mutants)} of {total} mutants, by seed {options.seed}")
    copy.measure()
    log = place / "results.jsonl"
    known = read_results(log)
    survivors = {name for name in mutants if known.get(name) == "survives"} - read_equivalent()
    todo = survivors if options.again else mutants.keys() - known.keys()
    start = time.monotonic()
    for number, name in enumerate(sorted(todo), 1):
        mutant = mutants[name]
        if time.monotonic() - start > options.seconds:
            say("the time is over; the same command goes on from here")
            return 3
        known[name] = try_mutant(copy, mutant)
        say(f"{number}/{len(todo)} {mutant.file}:{mutant.line}: {name.split(': ', 1)[1]}: {known[name]}")
        with log.open("a") as file:
            file.write(json.dumps({"mutant": name, "result": known[name]}) + "\n")
    results = {name: known[name] for name in mutants if name in known}
    return 1 if report(results, read_equivalent()) else 0


if __name__ == "__main__":
    sys.exit(main())
