"""Every message of the code, walked: `name = value: rule; remedy`, in words that say what is wrong and what to do."""

from __future__ import annotations

import ast
import re
import tomllib

import pytest
from error_sites import FOLDERS, ROOT, Module, Site, Unreadable, called, modules

#: How a rule goes on after "name = value: ", and a way out after "; ".
RULE = re.compile(
    "(are|cannot|contradicts|do|does|exceeds|goes|had|has|holds|is|leads|may|met|moves|must|names|needs|raises|stands"
    "|was) ."
)
WAY_OUT = re.compile(
    "(add|call|change|check|choose|cite|close|convert|correct|count|give|install|keep|leave|look|make|match|measure|mend"
    "|name|pass|put|record|remove|rename|rescale|reshape|run|save|see|select|separate|stack|start|take|train|try|use"
    "|write) ."
)

#: `unknown` itself, whose rule and way out come from functions; `test_did_you_mean` reads what it says.
ELSEWHERE = ("bntheory/errors.py",)

#: Errors that are not InvalidInput, since no argument of a user's causes them, or since they say how something ended.
OUTCOMES = {
    "Diverged": "a run's end, which its Trace tells",
    "NoFiniteLength": "a run's end, which its Trace tells",
    "Undecided": "a statement's outcome, which `check` tells",
    "FloatEntered": "moves a statement on to its next exact stage",
    "_Misfit": "moves a statement on to its next exact stage",
    "_may_have_wrapped": "moves a statement on to its next exact stage",
    "Violated": "ends Hypothesis's search, as Hypothesis wants it",
    "_Stop": "carries an error through Hypothesis",
    "NotCertified": "a certificate's outcome, which `check` tells",
    "NotWritable": "a witness that `refute` cannot write as Python, and says so in the test",
    "UndecidedSign": "algebra with too few premises: a proof's author reads it",
    "Damaged": "a file of a sweep or of a piece that is computed again",
    "KeyboardInterrupt": "a second signal to the same end",
}
BUILTIN = {
    ("bntheory/__init__.py", "AttributeError"): "Python's protocol of modules",
    ("bntheory/balls/arithmetic.py", "ArithmeticError"): "balls grown too wide: `certify` tells it as its outcome",
    ("bntheory/balls/expectation.py", "ArithmeticError"): "balls grown too wide",
    ("bntheory/balls/matrices.py", "ArithmeticError"): "balls grown too wide",
    ("bntheory/claims/softplus_run.py", "ArithmeticError"): "balls grown too wide",
    ("bntheory/problems/network_enclosure.py", "ArithmeticError"): "balls grown too wide",
    ("bntheory/data/csv_file.py", "ValueError"): "as float's own, caught where the row is known",
    ("bntheory/demo.py", "RuntimeError"): "would be our mistake",
    ("bntheory/gram/field.py", "TypeError"): "Python's protocol of operators: a proof's author reads it",
    ("bntheory/gram/space.py", "TypeError"): "Python's protocol of operators: a proof's author reads it",
    ("bntheory/gram/space.py", "ValueError"): "a proof's author reads it",
    ("bntheory/gram/quotients.py", "ZeroDivisionError"): "Python's protocol of operators",
    ("bntheory/jets.py", "TypeError"): "Python's protocol of operators",
    ("bntheory/numbers.py", "TypeError"): "moves a statement on to its next exact stage",
    ("bntheory/numbers.py", "ValueError"): "as math's own, which a statement's outcome quotes",
    ("bntheory/proof.py", "ValueError"): "a proof's author reads it",
    ("bntheory/report/inline_svg.py", "ValueError"): "would be Matplotlib's mistake",
}


def message_faults(site: Site) -> list[str]:
    """What is wrong with an InvalidInput."""
    arguments = site.node.args
    if len(arguments) != 4 or site.node.keywords:
        return [f"{site.place}: not four parts"]
    try:
        rules, ways_out = site.phrases(arguments[2]), site.phrases(arguments[3])
    except Unreadable as unread:
        return [f"{unread}: cannot be read from the source"]
    value = f"{{{ast.unparse(arguments[1])}}}"
    faults = [
        *(f"the rule {rule}: {fault}" for rule in rules for fault in phrase_faults(rule, RULE)),
        *(f"the rule {rule}: says the value again" for rule in rules if value in rule),
        *(f"the way out {way}: {fault}" for way in ways_out for fault in phrase_faults(way, WAY_OUT)),
    ]
    return [f"{site.place}: {fault}" for fault in faults]


def phrase_faults(phrase: str, form: re.Pattern[str]) -> list[str]:
    """What is wrong with a rule or a way out."""
    faults = [] if form.match(phrase) else ["does not begin with one of the verbs, and go on"]
    faults += ["has a semicolon, which stands before the way out"] if re.search(r"\S; ", phrase) else []
    return faults + line_faults(phrase)


def line_faults(phrase: str) -> list[str]:
    faults = ["has several lines"] if "\n" in phrase else []
    return faults + (["ends with a mark"] if phrase.endswith((".", "!", ";", ":", ",", " ")) else [])


def name_faults(site: Site) -> list[str]:
    """What is wrong with `unknown` or `check_choice`, whose name stands before " = value"."""
    if len(site.node.args) != 3 or site.node.keywords:
        return [f"{site.place}: not three parts"]
    return [
        f"{site.place}: says = itself" for text in ast.walk(site.node.args[0]) if "=" in str(getattr(text, "value", ""))
    ]


def extra_faults(site: Site, extras: set[str]) -> list[str]:
    """What is wrong with a MissingExtra: package, extra, and what needs it."""
    package, extra, purpose = (site.phrases(argument) for argument in site.node.args)
    faults = [f"{name} is no extra of pyproject.toml" for name in extra if name not in extras]
    faults += [fault for phrase in package | purpose for fault in line_faults(phrase)]
    return [f"{site.place}: {fault}" for fault in faults]


def raise_faults(site: Site) -> list[str]:
    """What is wrong with a raise statement: an error that is neither for users nor known to be none of theirs."""
    error = site.node.exc
    if not isinstance(error, ast.Call) and called(error).islower():
        return []  # hands on an error that was met
    kind, of_users = called(error), {"InvalidInput", "MissingExtra", "unknown", *makers(site.module)}
    if kind in of_users:
        return []
    if kind not in OUTCOMES and (site.module.name, kind) not in BUILTIN:
        return [f"{site.place}: {kind} is not InvalidInput"]
    try:
        phrases = {text for argument in getattr(error, "args", [])[:1] for text in site.phrases(argument)}
    except Unreadable:
        return []
    return [f"{site.place}: {fault}" for phrase in phrases for fault in line_faults(phrase)]


def makers(module: Module) -> set[str]:
    """The module's functions that return an InvalidInput."""
    functions = (node for node in ast.walk(module.tree) if isinstance(node, ast.FunctionDef))
    return {node.name for node in functions if node.returns is not None and ast.unparse(node.returns) == "InvalidInput"}


def extras() -> set[str]:
    return set(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"])


WALKED = [module for module in modules() if module.name not in ELSEWHERE]


def test_every_message_says_the_rule_and_the_way_out():
    sites = [site for module in WALKED for site in module.calls("InvalidInput")]
    assert len(sites) > 200
    assert [fault for site in sites for fault in message_faults(site)] == []


def test_every_unknown_name_has_its_three_parts():
    sites = [site for module in WALKED for site in module.calls("unknown", "check_choice")]
    assert len(sites) > 20
    assert [fault for site in sites for fault in name_faults(site)] == []


def test_every_absent_package_names_an_extra_that_there_is():
    sites = [site for module in modules() for site in module.calls("MissingExtra")]
    assert len(sites) > 6
    assert [fault for site in sites for fault in extra_faults(site, extras())] == []


def test_whatever_a_user_can_cause_is_an_invalid_input():
    sites = [site for module in modules() for site in module.raises()]
    assert len(sites) > 300
    assert {module.name.partition("/")[0] for module in modules()} == set(FOLDERS)
    assert [fault for site in sites for fault in raise_faults(site)] == []
    raised = {(site.module.name, called(site.node.exc)) for site in sites}
    assert set(BUILTIN) <= raised
    assert set(OUTCOMES) <= {kind for _, kind in raised}


#: False neighbours: a module's text, and what is found in it.
WRONG = {
    "no verb": ('raise InvalidInput("x", x, "not positive", "give one")', "rule not positive: does not begin"),
    "a sentence": ('raise InvalidInput("x", x, "Must be positive", "give one such as 1")', "does not begin"),
    "a full stop": ('raise InvalidInput("x", x, "must be positive.", "give one such as 1")', "ends with a mark"),
    "no way out": (
        'raise InvalidInput("x", x, "must be positive", "1 is usual")',
        "way out 1 is usual: does not begin",
    ),
    "an empty way out": ('raise InvalidInput("x", x, "must be positive", "")', "way out : does not begin"),
    "a word": ('raise InvalidInput("x", x, "must be positive", "give")', "way out give: does not begin"),
    "two ways out": ('raise InvalidInput("x", x, "must be positive", "give 1; or 2")', "has a semicolon"),
    "two lines": ('raise InvalidInput("x", x, "must be\\npositive", "give 1")', "has several lines"),
    "the value again": ('raise InvalidInput("x", x, f"must be positive, not {x}", "give 1")', "says the value again"),
    "three parts": ('raise InvalidInput("x", x, "must be positive")', "not four parts"),
    "hidden text": ('raise InvalidInput("x", x, "must be " + rule(), "give 1")', "rule() is read from no text"),
    "one of two": (
        'rule = "must be 1" if x else "no"\n    raise InvalidInput("x", x, rule, "give 1")',
        "rule no: does",
    ),
    "by a function": (
        'f(x, "wrong")\ndef f(x, rule):\n    raise InvalidInput("x", x, rule, "give 1")',
        "rule wrong: does not",
    ),
    "the wrong kind": ('raise ValueError("x must be positive")', "ValueError is not InvalidInput"),
    "a kind without text": ("raise KeyError", "KeyError is not InvalidInput"),
    "an outcome's full stop": ('raise Undecided(f"{x} is open.")', "ends with a mark"),
    "two parts of three": ('raise unknown("loss", x)', "not three parts"),
    "an equality": ('raise unknown("loss =", x, LOSSES)', "says = itself"),
    "no such extra": ('raise MissingExtra("torch", "depe", "it")', "depe is no extra"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_bad_message_is_found(case):
    text, fault = WRONG[case]
    assert any(fault in found for found in faults_of(text))


#: The same with nothing wrong.
RIGHT = (
    'raise InvalidInput("x", x, "must be positive", "give one such as 1")',
    'raise InvalidInput("file", path, f"cannot be read ({error})", f"run python {path} to see where")',
    'rule = "must be 1" if x else "is no number"\n    raise InvalidInput("x", x, rule, "give 1")',
    'f(x, rule="must be 1")\ndef f(x, rule):\n    raise InvalidInput("x", x, rule, "give 1")',
    'raise unknown(f"{kind} loss", x, LOSSES)',
    'raise MissingExtra("torch", "deep", f"the experiment {x}")',
    'raise made(x)\ndef made(x) -> InvalidInput:\n    return InvalidInput("x", x, "must be 1", "give 1")',
    "raise error",
    'raise Undecided(f"{x} is open")',
)


@pytest.mark.parametrize("text", RIGHT)
def test_a_good_message_is_let_pass(text):
    assert faults_of(text) == []


def faults_of(text: str) -> list[str]:
    module = Module("mine.py", f"def check(x):\n    {text}\n")
    return [
        *(fault for site in module.calls("InvalidInput") for fault in message_faults(site)),
        *(fault for site in module.calls("unknown", "check_choice") for fault in name_faults(site)),
        *(fault for site in module.calls("MissingExtra") for fault in extra_faults(site, extras())),
        *(fault for site in module.raises() for fault in raise_faults(site)),
    ]
