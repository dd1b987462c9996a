"""A listed method that no browser asks for: in lower case, misspelt, or none at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from corslint import facts
from corslint.advice import list_names
from corslint.finding import Confidence, Label, Problem, Severity
from corslint.methods import Misnamed, misnamed
from corslint.policy import Policy
from corslint.preflights import meets_preflights, names
from corslint.rule import rule


@rule("invalid-method")
def check(policy: Policy) -> Iterator[Problem]:
    """Judge by the requests that fail for the name; one for which nothing fails is of no use, and weighs less."""
    setting, preflight = policy.methods, policy.preflight
    if setting.given == "default" or preflight.answered_by != "product" or preflight.blocked_by:
        return
    if not meets_preflights(policy) or setting.name in facts.misread_names(policy):
        return
    wrong, span = misnamed(policy), setting.span or policy.span
    failing = [one for one in wrong if one.proof]
    if failing:
        methods = tuple(dict.fromkeys(method for one in failing for method in one.meant))
        yield Problem(
            f"{_listed(methods)} requests fail: to browsers {_other_methods(failing)}",
            (Label(span, "browsers compare letter by letter, and case counts", primary=True),),
            f"name what browsers ask for: {list_names(policy, setting, _mended(policy, wrong))}",
            failing[0].proof,
        )
    elif wrong and policy.environment.is_live:
        told = _listed([f"`{one.listed}`" for one in wrong])
        yield Problem(
            f"no browser asks for {told}, so listing it allows nothing",
            (Label(span, _fact(wrong[0]), primary=True),),
            f"take it out: {list_names(policy, setting, _mended(policy, wrong))}",
            severity=Severity.LOW,
            confidence=None if wrong[0].meant else Confidence.MEDIUM,
        )


def _other_methods(wrong: Sequence[Misnamed]) -> str:
    told = _listed([f"`{one.listed}`" for one in wrong])
    return f"{told} are other methods" if len(wrong) > 1 else f"{told} is another method"


def _fact(wrong: Misnamed) -> str:
    if wrong.meant:
        return f"`{wrong.listed}` is no method; {wrong.meant[0]} is"
    return f"`{wrong.listed}` is no method that is registered, and works only for scripts that name it so"


def _mended(policy: Policy, wrong: Sequence[Misnamed]) -> list[str]:
    """The list with what was meant."""
    meant = {one.listed: one.meant for one in wrong}
    spelled = (meant.get(name, (name.upper(),)) for name in names(policy.methods))
    return list(dict.fromkeys(method for some in spelled for method in some))


def _listed(words: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))
