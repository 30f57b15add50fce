"""Where the code makes errors, and in what words, read from the source: `{x}` is filled in when it runs."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parent.parent
FOLDERS = ("bntheory", "experiments", "paper_figs", "proofs")
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


class Unreadable(Exception):
    """A phrase that cannot be read from the source."""


@dataclass(frozen=True)
class Site:
    """A call, or a raise statement, in a module."""

    module: Module
    node: ast.Call | ast.Raise

    @property
    def place(self) -> str:
        return f"{self.module.name}:{self.node.lineno}"

    def phrases(self, argument: ast.expr) -> set[str]:
        """Every text that an argument of the call can have, with `{x}` for what is filled in."""
        return self.module.phrases(argument, frozenset())


class Module:
    """A module's syntax tree, and what its names stand for."""

    def __init__(self, name: str, source: str) -> None:
        self.name, self.tree = name, ast.parse(source)

    @cached_property
    def _parents(self) -> dict[ast.AST, ast.AST]:
        return {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}

    def calls(self, *names: str) -> Iterator[Site]:
        """The calls of functions of these names."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call) and called(node) in names:
                yield Site(self, node)

    def raises(self) -> Iterator[Site]:
        """The raise statements that name an error."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Raise) and node.exc is not None:
                yield Site(self, node)

    def phrases(self, node: ast.expr, seen: frozenset[ast.AST]) -> set[str]:
        if node in seen:
            raise Unreadable(f"{self.name}:{node.lineno} {ast.unparse(node)} refers to itself")
        seen |= {node}
        match node:
            case ast.Constant(str(text)):
                return {text}
            case ast.JoinedStr(parts):
                return {"".join(map(_text, parts))}
            case ast.IfExp(body=one, orelse=other):
                return self.phrases(one, seen) | self.phrases(other, seen)
            case ast.BinOp(left, ast.Add(), right):
                pairs = itertools.product(self.phrases(left, seen), self.phrases(right, seen))
                return {"".join(pair) for pair in pairs}
            case ast.Name(name):
                found = self._bindings(name, node)
                if found:
                    return set().union(*(module.phrases(value, seen) for module, value in found))
        raise Unreadable(f"{self.name}:{node.lineno} {ast.unparse(node)} is read from no text")

    def _bindings(self, name: str, node: ast.AST) -> list[tuple[Module, ast.expr]]:
        """What a name stands for at a node: in the functions around it, at top level, or in another module."""
        while node in self._parents:
            node = self._parents[node]
            found = []
            if isinstance(node, (*FUNCTIONS, ast.Module)):
                found = [(self, value) for value in _assigned(name, node)]
            if isinstance(node, ast.FunctionDef):
                found += self._passed(name, node)
            if found:
                return found
        for node in ast.walk(self.tree):
            if isinstance(node, ast.ImportFrom) and name in {alias.name for alias in node.names}:
                file = ROOT / f"{(node.module or '').replace('.', '/')}.py"
                if file.is_file():
                    return [(module(file), value) for value in _assigned(name, module(file).tree)]
        return []

    def _passed(self, name: str, function: ast.FunctionDef) -> list[tuple[Module, ast.expr]]:
        """What the module's own calls of a function hand to one of its parameters, and its default."""
        arguments = function.args
        parameters = [parameter.arg for parameter in (*arguments.posonlyargs, *arguments.args)]
        if name not in parameters + [parameter.arg for parameter in arguments.kwonlyargs]:
            return []
        defaults = dict(zip(reversed(parameters), reversed(arguments.defaults), strict=False))
        defaults |= {p.arg: d for p, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if d}
        found = [defaults[name]] if name in defaults else []
        bound = parameters[:1] in (["self"], ["cls"])
        for site in self.calls(function.name):
            given = dict(zip(parameters[bound:], site.node.args, strict=False))
            given |= {keyword.arg: keyword.value for keyword in site.node.keywords}
            found += [given[name]] if name in given else []
        return [(self, value) for value in found]


def _text(part: ast.expr) -> str:
    """A part of an f-string, without its format."""
    return part.value if isinstance(part, ast.Constant) else f"{{{ast.unparse(part.value)}}}"


def _assigned(name: str, scope: ast.AST) -> Iterator[ast.expr]:
    """The values that a name is given in a scope, and not in the functions inside it."""
    for node in ast.iter_child_nodes(scope):
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    yield from _matched(name, target, value)
            case ast.AnnAssign(target=ast.Name(found), value=value) if found == name and value is not None:
                yield value
        if not isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            yield from _assigned(name, node)


def _matched(name: str, target: ast.expr, value: ast.expr) -> Iterator[ast.expr]:
    match target, value:
        case ast.Name(found), _ if found == name:
            yield value
        case ast.Tuple(targets), ast.Tuple(values):
            for one, its_value in zip(targets, values, strict=True):
                yield from _matched(name, one, its_value)


def called(node: ast.AST) -> str:
    """The last name of what is called: `InvalidInput`, also of `errors.InvalidInput`."""
    function = node.func if isinstance(node, ast.Call) else node
    return getattr(function, "id", None) or getattr(function, "attr", "")


_MODULES: dict[Path, Module] = {}


def module(path: Path) -> Module:
    """The module of a file."""
    if path not in _MODULES:
        _MODULES[path] = Module(path.relative_to(ROOT).as_posix(), path.read_text())
    return _MODULES[path]


def modules() -> list[Module]:
    """Every module that a user's call can come through."""
    return [module(path) for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]
