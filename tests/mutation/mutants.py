"""Finds the mutants of a C file: each is one small change that a test should notice.

  negate      the condition of an if, a loop or a ?: is turned round
  boundary    < becomes <=, and so on
  arithmetic  + becomes -, and so on
  logic       && becomes ||, and so on
  number      a number becomes one more
  call        a call whose result nobody looks at is left out
  errno       an error becomes another one

libclang says where each of these is; what it reads wrongly, where a macro hides it, does not compile and
does not count.
"""
import collections
import hashlib
import re

from clang import cindex

BOUNDARY = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "=="}
ARITHMETIC = {"+": "-", "-": "+", "*": "/", "/": "*", "%": "*", "+=": "-=", "-=": "+=", "&": "|", "|": "&",
              "<<": ">>", ">>": "<<"}
LOGIC = {"&&": "||", "||": "&&"}
OPERATORS = [("boundary", BOUNDARY), ("arithmetic", ARITHMETIC), ("logic", LOGIC)]
ERRORS = {
    "EAGAIN": "EINTR", "EINTR": "EAGAIN", "ENOMEM": "EMFILE", "ENOBUFS": "EMFILE", "EMFILE": "ENOMEM",
    "ENFILE": "ENOMEM",
    "EINPROGRESS": "ECONNREFUSED", "ETIMEDOUT": "ECONNRESET", "ECONNREFUSED": "ETIMEDOUT", "SE_ECLOSED": "SE_EMISMATCH",
    "SE_EMISMATCH": "SE_ECLOSED", "SE_ERESOLVE": "SE_ECLOSED", "EINVAL": "EBUSY", "EBUSY": "EINVAL",
}
ANY_ERROR = re.compile(r"(SE_)?E(?!CHO$)[A-Z0-9]{3,}$")

Kind = cindex.CursorKind
Mutant = collections.namedtuple("Mutant", "file start end line operator function first_line version old new nth")


def key(mutant):
    """What names a mutant also when lines were added above it."""
    old = " ".join(mutant.old.split())
    new = " ".join(mutant.new.split())
    return f"{mutant.file} {mutant.function}(): {mutant.operator} #{mutant.nth}: {old} -> {new}"


class Finder:
    """Goes through one file."""

    def __init__(self, name, path, arguments):
        self.name = name
        self.source = path.read_bytes()
        self.unit = cindex.Index.create().parse(str(path), args=arguments)
        self.path = str(path)
        self.function, self.first_line, self.version = "", 0, ""
        self.found = []

    def mutants(self):
        for cursor in self.unit.cursor.get_children():
            in_file = cursor.location.file and cursor.location.file.name == self.path
            if in_file and cursor.kind == Kind.FUNCTION_DECL and cursor.is_definition():
                self.function = cursor.spelling
                self.first_line = cursor.extent.start.line
                text = self.text(cursor.extent.start.offset, cursor.extent.end.offset)
                self.version = hashlib.sha256(text.encode()).hexdigest()[:12]
                self.look_at_tokens(cursor)
                self.look_at(cursor)
        return self.numbered()

    def numbered(self):
        """Several with the same text in a function are told apart by their number."""
        seen = collections.Counter()
        for mutant in sorted(set(self.found), key=lambda found: (found.start, found.operator)):
            same = (mutant.function, mutant.operator, mutant.old, mutant.new)
            seen[same] += 1
            yield mutant._replace(nth=seen[same])

    def text(self, start, end):
        return self.source[start:end].decode()

    def add(self, operator, start, end, new):
        line = self.source.count(b"\n", 0, start) + 1
        self.found.append(Mutant(self.name, start, end, line, operator, self.function, self.first_line, self.version,
                                 self.text(start, end), new, 0))

    def look_at(self, cursor):
        children = list(cursor.get_children())
        if cursor.kind in (Kind.IF_STMT, Kind.WHILE_STMT, Kind.CONDITIONAL_OPERATOR) and children:
            self.negate(children[0])
        if cursor.kind == Kind.DO_STMT and children:
            self.negate(children[-1])
        if cursor.kind in (Kind.BINARY_OPERATOR, Kind.COMPOUND_ASSIGNMENT_OPERATOR) and len(children) == 2:
            self.replace_operator(*children)
        if cursor.kind == Kind.COMPOUND_STMT:
            self.leave_out(children)
        if cursor.kind in (Kind.IF_STMT, Kind.FOR_STMT, Kind.WHILE_STMT):
            self.leave_out(children[1:])
        for child in children:
            self.look_at(child)

    def negate(self, condition):
        if self.is_equality(condition):
            return  # the other sign of equality says the same
        start, end = condition.extent.start.offset, condition.extent.end.offset
        self.add("negate", start, end, f"!({self.text(start, end)})")

    def between(self, left, right):
        """Where the operator of two operands may be, and what it is."""
        start, end = left.extent.end.offset, right.extent.start.offset
        return start, self.text(start, end), self.text(start, end).strip(" \n()")

    def is_equality(self, cursor):
        operands = list(cursor.get_children())
        return cursor.kind == Kind.BINARY_OPERATOR and self.between(*operands)[2] in ("==", "!=")

    def replace_operator(self, left, right):
        between_start, between, operator = self.between(left, right)
        for name, table in OPERATORS:
            if operator in table:
                start = between_start + between.index(operator)
                self.add(name, start, start + len(operator), table[operator])

    def leave_out(self, statements):
        for statement in statements:
            if statement.kind == Kind.CALL_EXPR:
                self.add("call", statement.extent.start.offset, statement.extent.end.offset, "(void)0")

    def look_at_tokens(self, cursor):
        for token in cursor.get_tokens():
            start, end = token.extent.start.offset, token.extent.end.offset
            if token.kind == cindex.TokenKind.IDENTIFIER and ANY_ERROR.match(token.spelling):
                self.add("errno", start, end, ERRORS.get(token.spelling, "EIO"))
            if token.kind == cindex.TokenKind.LITERAL and re.fullmatch(r"\d+|0x[0-9a-f]+", token.spelling):
                self.add("number", start, end, f"({token.spelling} + 1)")


def mutants_of(name, path, arguments):
    """All mutants of a file. The arguments are those that it is compiled with."""
    return list(Finder(name, path, arguments).mutants())
