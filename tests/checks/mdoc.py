#!/usr/bin/env python3
"""Takes out of a manual page in mdoc(7) what a compiler can read.

usage: mdoc.py declarations PAGE    the functions of the synopsis, as C declares them
       mdoc.py block NUMBER PAGE    what stands between .Bd -literal and .Ed, counted from 1, as a reader sees it
"""

import shlex
import sys


def declarations(lines):
    result_type = name = None
    parameters = []
    for line in lines:
        macro, *words = shlex.split(line, posix=True) if line.startswith((".Ft ", ".Fn ", ".Fo ", ".Fa ")) else [line]
        if macro == ".Ft":
            result_type = words[0]
        elif macro == ".Fn" and result_type:
            yield f"{result_type} {words[0]}({', '.join(words[1:])});"
            result_type = None
        elif macro == ".Fo" and result_type:
            name, parameters = words[0], []
        elif macro == ".Fa" and name:
            parameters += words
        elif macro == ".Fc" and name:
            yield f"{result_type} {name}({', '.join(parameters)});"
            result_type = name = None


def block(number, lines):
    count = 0
    inside = False
    for line in lines:
        if line.startswith(".Bd -literal"):
            count += 1
            inside = True
        elif line == ".Ed":
            inside = False
        elif inside and count == number:
            yield line.replace(r"\e", "\\")


def main(arguments):
    if len(arguments) == 2 and arguments[0] == "declarations":
        choose = declarations
    elif len(arguments) == 3 and arguments[0] == "block":
        choose = lambda lines: block(int(arguments[1]), lines)
    else:
        sys.exit(__doc__)
    with open(arguments[-1], encoding="ascii") as page:
        found = list(choose(page.read().splitlines()))
    if not found:
        sys.exit(f"mdoc.py: found nothing in {arguments[-1]}")
    print("\n".join(found))


main(sys.argv[1:])
