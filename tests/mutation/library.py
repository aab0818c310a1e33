"""Private copies of the repository with builds of their own, in which mutants are made and the tests asked."""
import collections
import json
import pathlib
import shutil
import subprocess

from programs import run

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
STAGES = ("unit", "simulation", "faults", "loopback")  # the order in which they are asked
# A part of those two is asked: the same worlds and the same runs each time.
ARGUMENTS = {"simulation": ["--seed", "1", "--lives", "50000"], "faults": ["--one-in", "200", "--seed", "1"]}
# What is alive after everything meets the same worlds and then all runs, where a sum that overflows ends the program.
LAST = {"simulation": ARGUMENTS["simulation"], "faults": []}
TRAPS = ["-Dc_args=-fsanitize=signed-integer-overflow -fsanitize-undefined-trap-on-error"]
# Check without its processes: nobody is left who forked off, and what a test reached is written when it ends.
ENVIRONMENT = {"CK_FORK": "no"}

Test = collections.namedtuple("Test", "name stage target arguments")


def read_tests(build):
    """All that can be asked, by name."""
    listed = subprocess.run(["meson", "introspect", "--tests", str(build)], check=True, capture_output=True, text=True)
    tests = {}
    for entry in json.loads(listed.stdout):
        stage = entry["suite"][0].split(":")[-1]
        program = pathlib.Path(entry["cmd"][0])
        if stage in STAGES and program.is_relative_to(build):
            target = str(program.relative_to(build))
            tests[program.name] = Test(program.name, stage, target, ARGUMENTS.get(program.name, []))
    return tests


class Build:
    """One build of the copy."""

    def __init__(self, folder, source, options):
        self.folder = folder
        if not (folder / "build.ninja").exists():
            plain = ["-Dtests=enabled", "-Dexamples=disabled", "-Ddocs=disabled", "-Dwarning_level=0"]
            subprocess.run(["meson", "setup", *plain, *options, str(folder), str(source)], check=True,
                           stdout=subprocess.DEVNULL)
        # New tests count.
        subprocess.run(["ninja", "build.ninja"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        self.tests = read_tests(folder)

    def make(self, targets, jobs=1):
        return run(["ninja", f"-j{jobs}", *targets], self.folder) == 0

    def make_tests(self, tests, jobs):
        if not self.make([test.target for test in tests], jobs):
            raise SystemExit("the library as it is does not build")

    def ask(self, test, timeout_s):
        """The status of a test, None where it did not end in time."""
        return run([str(self.folder / test.target), *test.arguments], self.folder, timeout_s, ENVIRONMENT)

    def commands(self):
        return json.loads((self.folder / "compile_commands.json").read_text())

    def objects_of(self, name, source):
        """What is made of a file of lib/ for the library itself, and for a header all of the library."""
        made = {}
        for entry in self.commands():
            if "sockecho-objects" in entry["output"]:
                made[(self.folder / entry["file"]).resolve()] = entry["output"]
        if name.endswith(".h"):
            return sorted(made.values())
        return [made[source / name]] if source / name in made else []  # another file stands in its place here


def copy_sources(folder):
    """What is the same stays untouched: it is older than what was built of it."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
                            check=True, capture_output=True, text=True)
    for name in filter(None, listed.stdout.split("\0")):
        copied = folder / name
        if (ROOT / name).is_file() and not (copied.exists() and copied.read_bytes() == (ROOT / name).read_bytes()):
            copied.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, copied)


class Copy:
    """The sources, which a mutant changes, and the build in which it is judged."""

    def __init__(self, folder):
        self.source = folder / "source"
        copy_sources(self.source)
        options = ["-Ddebug=false", "-Doptimization=2"]
        self.build = Build(folder / "build", self.source, options)
        self.strict = Build(folder / "strict", self.source, [*options, *TRAPS])
        self._objects = {}

    def last_tests(self):
        """Those that the strict build is asked, in order; none where this system has no such test."""
        tests = self.strict.tests
        return [tests[name]._replace(arguments=LAST[name]) for name in LAST if name in tests]

    def has(self, name):
        """Whether the file is part of the library on this system."""
        return bool(self.build.objects_of(name, self.source))

    def remember_objects(self, name):
        """Of the library as it is: what the compiler makes of this file."""
        if name not in self._objects:
            targets = self.build.objects_of(name, self.source)
            if not self.build.make(targets):
                raise SystemExit("the library as it is does not build")
            self._objects[name] = self._read(targets)

    def _read(self, targets):
        return {target: (self.build.folder / target).read_bytes() for target in targets}

    def compile(self, name):
        """Whether the file still compiles, and whether the compiler makes the same of it as before."""
        targets = self._objects[name]
        if not self.build.make(targets):
            return False, False
        return True, self._read(targets) == targets
