#!/usr/bin/env python3
"""Looks for what Doxygen does not know that a public comment must have.

Every name says what it is. A function, and the type of a callback, says five things: what it does; its parameters, with
the unit where the name has one; its results, with each error by its name; who owns what; which threads may call it. A
setter says its default and what 0 means. Only what lib/sockecho.map exports is a function of the library, and all of it.

usage: reference.py XML_FOLDER VERSION_MAP
"""

import errno
import glob
import re
import sys
import xml.etree.ElementTree

UNITS = {
    "_ms": "milliseconds",
    "_us": "microseconds",
    "_ns": "nanoseconds",
    "_s": "seconds",
    "_bytes": "[0-9]|byte",
    "size": "byte",
    "length": "byte",
    "message": "byte",
    "reply": "byte",
    "port": "1 to 65,535",
    "percentile": "0 .* to 100",
}
RESULT_UNITS = {"_ns": "nanoseconds", "_timeout": "milliseconds", "_received": "bytes", "_echoed": "bytes"}


def text_of(element):
    return " ".join("".join(element.itertext()).split()) if element is not None else ""


def parameters_of(member):
    """Their names and descriptions; those of a callback have no other place than its declaration."""
    described = {}
    for item in member.iter("parameteritem"):
        described[text_of(item.find("parameternamelist"))] = text_of(item.find("parameterdescription"))
    declared = re.findall(r"\*?(\w+)(?=,|\)$)", member.findtext("argsstring", "").strip(")(") + ")")
    return {name: described.get(name, "") for name in declared if name != "void"}


def faults_of_parameters(member):
    for name, description in parameters_of(member).items():
        if not description:
            yield f"parameter {name} is not described"
        for ending, unit in UNITS.items():
            if name.endswith(ending) and not re.search(unit, description):
                yield f"parameter {name} does not say '{unit}'"


def faults_of_errors(results):
    for error in re.findall(r"-(E[A-Z0-9]+)", results):
        if not hasattr(errno, error):
            yield f"there is no errno {error}"
    if not re.search(r"-EINVAL .*NULL|[Ii]t cannot fail", results):
        yield "results name neither -EINVAL for NULL nor that it cannot fail"


def faults_of_results(member, name):
    results = " ".join(text_of(section) for section in member.iter("simplesect") if section.get("kind") == "return")
    returns_nothing = text_of(member.find("type")) in ("void", "void(*")
    if returns_nothing == bool(results):
        yield "a result is described where there is none, or the other way round"
    if member.get("kind") == "function" and results:
        yield from faults_of_errors(results)
        for ending, unit in RESULT_UNITS.items():
            if name.endswith(ending) and "_set_" not in name and unit not in results:
                yield f"results do not say '{unit}'"


def faults_of_function(member, name):
    details = text_of(member.find("detaileddescription"))
    yield from faults_of_parameters(member)
    yield from faults_of_results(member, name)
    for part in ("Ownership", "Threads"):
        if not re.search(rf"\b{part}: \w.*\.", details):
            yield f"the part '{part}:' is missing"
    if "_set_" in name:
        yield from faults_of_setter(member, name)


def faults_of_setter(member, name):
    if "default" not in text_of(member):
        yield "the default is missing"
    if not name.startswith("se_client_") and "-EBUSY" not in text_of(member):
        yield "-EBUSY while it runs is missing"
    *_, (last, description) = parameters_of(member).items()
    if last not in ("poller", "user_data") and not re.search(r"\b0\b", description):
        yield "what 0 means is missing"


def faults_of(member, name):
    brief = text_of(member.find("briefdescription")) + text_of(member.find("detaileddescription"))
    if not brief:
        yield "it does not say what it is"
    if member.get("kind") == "function" or "(*" in member.findtext("definition", ""):
        yield from faults_of_function(member, name)
    for value in member.iter("enumvalue"):
        if not text_of(value.find("briefdescription")) + text_of(value.find("detaileddescription")):
            yield f"{value.findtext('name')} does not say what it is"


def faults_of_constants(members):
    """What a comment calls SE_SOMETHING is a name of the library."""
    known = {text_of(name) for member in members for name in member.iter("name")}
    for member in members:
        for constant in sorted(set(re.findall(r"\bSE_[A-Z_]*[A-Z]\b", text_of(member))) - known):
            yield f"{member.findtext('name')}: there is no {constant}"


def faults_of_exports(functions, version_map):
    exported = re.findall(r"\b(se_\w+);", version_map)
    for name in sorted(set(exported) ^ set(functions)):
        yield f"{name}: it is not both exported and described"
    if len(exported) != len(functions):
        yield f"{len(exported)} functions are exported, {len(functions)} are described"


def main(xml_folder, map_path):
    members = []
    for path in sorted(glob.glob(f"{xml_folder}/*_8h.xml")):
        members += xml.etree.ElementTree.parse(path).iter("memberdef")
    functions = [member.findtext("name") for member in members if member.get("kind") == "function"]
    faults = []
    for member in members:
        name = member.findtext("name") or "an enum without a name"
        faults += [f"{name}: {fault}" for fault in faults_of(member, name)]
    faults += faults_of_constants(members)
    with open(map_path, encoding="ascii") as version_map:
        faults += faults_of_exports(functions, version_map.read())
    print(f"{len(functions)} functions, {len(faults)} faults", *faults, sep="\n")
    return 1 if faults else 0


sys.exit(main(*sys.argv[1:]))
