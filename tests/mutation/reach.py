"""Finds out which lines of lib/ each test reaches, and how long it takes: a build that counts lines runs each once.

What was found is kept in reached.json, and a test is run again only where it or the library has changed.
"""
import hashlib
import json
import subprocess
import time

from library import Build, copy_sources
from programs import say

OPTIONS = ["-Db_coverage=true", "-Ddebug=true", "-Doptimization=0", "-Dc_args=-fprofile-update=atomic"]
LONGEST_S = 300


def _forget(build):
    for path in build.folder.rglob("*.gcda"):
        path.unlink()


def _counted(build, source):
    """The lines that were reached since the last _forget(), and all that have code, by file."""
    reached, known = {}, {}
    found = [str(path) for path in build.folder.rglob("*.gcda")]
    told = subprocess.run(["gcov", "--json-format", "--stdout", *found], cwd=build.folder, capture_output=True,
                          text=True)
    for document in filter(None, told.stdout.splitlines()):
        for file in json.loads(document)["files"]:
            path = (build.folder / file["file"]).resolve()
            if not path.is_relative_to(source / "lib"):
                continue
            name = str(path.relative_to(source))
            known.setdefault(name, set()).update(line["line_number"] for line in file["lines"])
            reached.setdefault(name, set()).update(line["line_number"] for line in file["lines"] if line["count"])
    return reached, known


class Reach:
    """Which tests reach which lines."""

    def __init__(self, folder, plain, stages):
        self.path = folder / "reached.json"
        self.tests = {}
        self._known = {}
        self._stages = stages
        self._source = folder / "reaching" / "source"
        copy_sources(self._source)
        self._digest = self._digest_of_lib()
        self._look(Build(folder / "reaching" / "build", self._source, OPTIONS), plain)

    def _digest_of_lib(self):
        digest = hashlib.sha256()
        for path in sorted((self._source / "lib").rglob("*.[ch]")):
            digest.update(path.read_bytes())
        return digest.hexdigest()

    def _look(self, counting, plain):
        kept = json.loads(self.path.read_text()) if self.path.exists() else {}
        wanted = {name: test for name, test in counting.tests.items() if test.stage in self._stages}
        counting.make_tests(wanted.values(), 2)
        plain.make_tests(wanted.values(), 2)
        for name, test in sorted(wanted.items(), key=lambda item: self._stages.index(item[1].stage)):
            version = self._version(counting, test)
            entry = kept.get(name)
            if not entry or entry["version"] != version:
                entry = self._measure(counting, plain, test)
            if entry:
                self.tests[name] = entry | {"version": version}
            self.path.write_text(json.dumps(self.tests | {key: kept[key] for key in kept.keys() - self.tests.keys()}))

    def _version(self, build, test):
        program = hashlib.sha256((build.folder / test.target).read_bytes()).hexdigest()
        return f"{program} {self._digest} {test.arguments}"

    def _measure(self, counting, plain, test):
        start = time.monotonic()
        if plain.ask(test, LONGEST_S) != 0:
            say(f"{test.name} fails on the library as it is, and is not asked")
            return None
        took_s = time.monotonic() - start
        _forget(counting)
        counting.ask(test, LONGEST_S)  # where it is too slow for a promise of time, it reached its lines all the same
        reached, known = _counted(counting, self._source)
        say(f"{test.name} takes {took_s:.2f} s")
        return {"seconds": took_s, "reached": {name: sorted(lines) for name, lines in reached.items()},
                "known": {name: sorted(lines) for name, lines in known.items()}}

    def seconds(self, name):
        return self.tests[name]["seconds"]

    def count_files(self, name):
        """How many files of lib/ the test reaches."""
        return sum(1 for lines in self.tests[name]["reached"].values() if lines)

    def reaching(self, file, line, first_line):
        """The names of the tests that reach a line of a function. Of a statement in several lines, the first counts."""
        if file not in self._known:
            self._known[file] = set().union(*(entry["known"].get(file, []) for entry in self.tests.values()))
        counted = max((number for number in self._known[file] if first_line <= number <= line), default=line)
        return {name for name, entry in self.tests.items() if counted in entry["reached"].get(file, [])}
