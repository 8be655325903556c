"""Which lists are read along what parties carry, in the order of an index, and which are left to the planner."""

import pytest

from tests.oracle.trial import ALONG_A_LINK, GATHERED
from tests.planning import statement

COUNTRY = 'party: {city: {country: {equals: "XK"}}}'
DATES = 'signedOn: {from: "2010-01-01", to: "2014-12-31"}'
ALONG_LINKS = [
    f"filter: {{{COUNTRY}}}",
    f"filter: {{{COUNTRY}}}, last: 3",
    f"filter: {{{COUNTRY}, kind: {{equals: PROJECT}}, {DATES}}}",
    f"filter: {{and: [{{{COUNTRY}}}, {{and: [{{kind: {{in: [PROJECT, OTHER]}}}}, {{{DATES}}}]}}]}}",
    f"filter: {{{COUNTRY}, not: {{or: [{{status: {{equals: PLANNED}}}}, {{kind: {{equals: OTHER}}}}]}}}}",
    'filter: {party: {city: {and: [{country: {equals: "XK"}}, {not: {id: {equals: "cty_1"}}}]}}}',
    'filter: {party: {organization: {country: {equals: "XK"}}}}',
    'filter: {party: {city: {id: {equals: "cty_1"}}}}',
    f"filter: {{{COUNTRY}}}, orderBy: [{{field: SIGNED_ON}}]",
]
TITLE = "orderBy: [{field: TITLE}]"
IN_ANOTHER_ORDER = [
    f"filter: {{{COUNTRY}}}, {TITLE}",
    f"filter: {{{COUNTRY}}}, {TITLE}, last: 3",
    f"filter: {{{COUNTRY}}}, orderBy: [{{field: SIGNED_ON}}, {{field: TITLE}}]",
    f"filter: {{{COUNTRY}, kind: {{equals: PROJECT}}, {DATES}}}, {TITLE}",
    f'filter: {{party: {{organization: {{id: {{equals: "org_1"}}}}}}}}, {TITLE}',
]
TWO = f'{{and: [{{{COUNTRY}}}, {{party: {{city: {{country: {{equals: "TW"}}}}}}}}]}}'
OTHERWISE = {
    "a status in another order": f"filter: {{{COUNTRY}, status: {{equals: PLANNED}}}}, {TITLE}",
    "two parties": f"filter: {TWO}",
    "two parties in another order": f"filter: {TWO}, {TITLE}",
    "alternatives": f"filter: {{or: [{{{COUNTRY}}}, {{kind: {{equals: PROJECT}}}}]}}",
    "all but a party": f"filter: {{not: {{{COUNTRY}}}}}",
    "a name, which has an index of its own": 'filter: {party: {city: {name: {equals: "Pristina"}}}}',
    "all countries but one": 'filter: {party: {city: {not: {country: {equals: "XK"}}}}}',
    "a title, which has an index of its own": f'filter: {{{COUNTRY}, title: {{startsWith: "a"}}}}',
    "an event": f'filter: {{{COUNTRY}, event: {{id: {{equals: "evt_1"}}}}}}',
}


def asked(arguments: str) -> str:
    return f"{{ agreements({arguments}) {{ nodes {{ title }} totalCount pageInfo {{ hasPreviousPage }} }} }}"


@pytest.mark.parametrize("arguments", ALONG_LINKS)
def test_reads_along_links_by_one_plan_for_all_values(arguments: str) -> None:
    written = statement(asked(arguments))
    assert ALONG_A_LINK in written.text
    assert not written.particular


@pytest.mark.parametrize("arguments", OTHERWISE.values(), ids=OTHERWISE)
def test_leaves_other_lists_to_the_planner_which_sees_the_values(arguments: str) -> None:
    written = statement(asked(arguments))
    assert ALONG_A_LINK not in written.text
    assert written.particular


@pytest.mark.parametrize("arguments", IN_ANOTHER_ORDER)
def test_finds_along_links_what_it_puts_in_another_order_by_one_plan_for_all_values(arguments: str) -> None:
    written = statement(asked(arguments))
    assert GATHERED in written.text
    assert not written.particular


def test_asks_links_as_well_what_they_carry_of_the_listed_row() -> None:
    written = statement(asked(f"filter: {{{COUNTRY}, kind: {{equals: PROJECT}}}}, orderBy: [{{field: TITLE}}]"))
    assert '"agreement_kind" = ' in written.text
    assert 'FROM "city"' not in written.text


@pytest.mark.parametrize("around", ['city(ref: {id: "cty_1"})', 'organization(id: "org_1")'])
def test_reads_the_agreements_of_a_party_along_its_links(around: str) -> None:
    listed = "agreements(first: 5) { nodes { title } }"
    assert ALONG_A_LINK in statement(f"{{ {around} {{ {listed} }} }}").text
