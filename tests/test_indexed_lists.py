"""Which lists are read in the order of an index of their own by one plan for all values, and which are not."""

import pytest

from tests.planning import statement
from tests.test_cursors import encoded

AFTER = encoded(["Agreement:signed_on_earliest-,id-", "2000-01-01", "agr_1"])
DATES = 'signedOn: {from: "2010-01-01", to: "2014-12-31"}'
IN_ORDER = [
    "agreements(filter: {kind: {equals: PROJECT}})",
    "agreements(filter: {status: {equals: EXPIRED}}, last: 3)",
    f"agreements(filter: {{{DATES}}})",
    f"agreements(filter: {{and: [{{kind: {{equals: PROJECT}}}}, {{{DATES}}}]}})",
    f'agreements(filter: {{signedOn: {{to: "2014-12-31", certainty: POSSIBLE}}}}, after: "{AFTER}")',
    "agreements(filter: {signedOn: {known: true}})",
    'agreements(filter: {title: {startsWith: "a"}}, orderBy: [{field: TITLE, direction: DESC}])',
    'agreements(filter: {id: {equals: "agr_1"}}, orderBy: [{field: TITLE}])',
    'cities(filter: {name: {equals: "Pristina"}})',
    'people(filter: {name: {startsWith: "a"}})',
    'events(filter: {startsOn: {from: "2010-01-01"}})',
    'delegations(filter: {arrivedOn: {from: "2010-01-01"}})',
]
OTHERWISE = {
    "two values of one column": "agreements(filter: {kind: {in: [PROJECT, OTHER]}})",
    "values of two columns": "agreements(filter: {kind: {equals: PROJECT}, status: {equals: PLANNED}})",
    "a value that is not wanted": "agreements(filter: {not: {kind: {equals: PROJECT}}})",
    "alternatives": f"agreements(filter: {{or: [{{kind: {{equals: PROJECT}}}}, {{{DATES}}}]}})",
    "a value in another order": "agreements(filter: {kind: {equals: PROJECT}}, orderBy: [{field: TITLE}])",
    "days in another order": f"agreements(filter: {{{DATES}}}, orderBy: [{{field: TITLE}}])",
    "days from the first on": f"agreements(filter: {{{DATES}}}, orderBy: [{{field: SIGNED_ON}}])",
    "other days": 'agreements(filter: {expiresOn: {from: "2010-01-01"}})',
    "no day": "agreements(filter: {signedOn: {known: false}})",
    "a part of a text": 'cities(filter: {name: {contains: "a"}})',
    "a text in another order": 'agreements(filter: {title: {startsWith: "a"}})',
    "a value without an index in order": 'cities(filter: {country: {equals: "XK"}})',
    "another record": 'agreements(filter: {event: {id: {equals: "evt_1"}}})',
    "a record around": 'event(id: "evt_1") { agreements(filter: {kind: {equals: PROJECT}}) { nodes { id } } }',
}


def asked(field: str, selection: str) -> str:
    return f"{{ {field} }}" if field.endswith("}") else f"{{ {field} {{ nodes {{ id }} {selection} }} }}"


@pytest.mark.parametrize("field", IN_ORDER)
def test_reads_in_order_by_one_plan_for_all_values(field: str) -> None:
    assert not statement(asked(field, "pageInfo { hasNextPage endCursor }")).particular


@pytest.mark.parametrize("field", OTHERWISE.values(), ids=OTHERWISE)
def test_leaves_other_lists_to_the_planner_which_sees_the_values(field: str) -> None:
    assert statement(asked(field, "")).particular


def test_counts_all_that_fulfils_a_filter_by_a_plan_for_the_values() -> None:
    assert statement(asked(f"agreements(filter: {{{DATES}}})", "totalCount")).particular
