"""The rules of validation that can speak of a document at all.

A rule about variables has nothing to say where no $ stands, nor one about directives without an @. Looking for the
sign costs nothing; a rule that finds nothing visits every node all the same. Knows graphql-core's rules by name.
"""

from graphql import ASTValidationRule, specified_rules

# The sign without which none of these rules can find anything; a sign inside a text only keeps a rule in.
SIGNS = {
    "$": {
        "UniqueVariableNamesRule",
        "VariablesAreInputTypesRule",
        "NoUndefinedVariablesRule",
        "NoUnusedVariablesRule",
        "VariablesInAllowedPositionRule",
    },
    "@": {
        "KnownDirectivesRule",
        "UniqueDirectivesPerLocationRule",
        "DeferStreamDirectiveOnRootField",
        "DeferStreamDirectiveOnValidOperationsRule",
        "DeferStreamDirectiveLabel",
        "StreamDirectiveOnListField",
    },
    "...": {"KnownFragmentNamesRule", "PossibleFragmentSpreadsRule"},
    "fragment": {"UniqueFragmentNamesRule", "NoUnusedFragmentsRule", "NoFragmentCyclesRule"},
    "subscription": {"SingleFieldSubscriptionsRule"},
    "__": {"MaxIntrospectionDepthRule"},
}
_SIGN = {rule: sign for sign, rules in SIGNS.items() for rule in rules}


def rules_for(text: str) -> list[type[ASTValidationRule]]:
    """Return the rules that a document is to be checked by."""
    absent = {sign for sign in SIGNS if sign not in text}
    return [rule for rule in specified_rules if _SIGN.get(rule.__name__) not in absent]
