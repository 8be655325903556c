"""What is asked: documents in the service's own schema, and the variables that are drawn from a registry for them.

Knows the questions and nothing of who answers. One question is asked with many variables, in turn, so that an answer
or a plan kept for one of them alone is of little use.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

Variables = Mapping[str, Any]
IDS = 5_000
FILTERS = 500
# Everything that a list of agreements shows: about 0.8 kB each.
LISTED = """
fragment Listed on Agreement {
  id
  title
  kind
  status
  signedOn
  parties {
    position
    nameAsSigned
    party {
      __typename
      ... on City { id name nativeName country { code name } }
      ... on Organization { id name kind seatedIn: country { code name } }
    }
  }
  signatories { role office attendance person { id name nativeName } }
  areas { standing area { slug name } }
  event { id name kind startsOn venue city { id name } }
}
"""
PAGE = f"""
query Page($first: Int!) {{
  agreements(first: $first) {{ nodes {{ ...Listed }} pageInfo {{ hasNextPage endCursor }} }}
}}
{LISTED}
"""
DOCUMENT = PAGE.replace("($first: Int!)", "").replace("$first", "20")
"""The page of 20 without variables."""


@dataclass(frozen=True)
class Workload:
    """A question, and the variables that it is asked with in turn."""

    name: str
    title: str
    document: str
    variables: Sequence[Variables]

    @property
    def question(self) -> str:
        """Return what several workloads ask, which is one question."""
        return "page" if self.document is PAGE else self.name

    @property
    def unchanged(self) -> bool:
        """Tell whether it is asked by one who has the answer, and shows its ETag where one was given."""
        return self.name == "unchanged"


BY_ID = """
query Agreement($id: ID!) {
  agreement(id: $id) {
    id
    title
    kind
    status
    signedOn
    parties { position party { __typename ... on City { id name } ... on Organization { id name } } }
  }
}
"""
FILTERED = f"""
query Filtered($kind: AgreementKind!, $country: CountryCode!, $from: Date!, $to: Date!) {{
  agreements(
    first: 20
    filter: {{
      kind: {{equals: $kind}}
      party: {{city: {{country: {{equals: $country}}}}}}
      signedOn: {{from: $from, to: $to}}
    }}
    orderBy: [{{field: TITLE}}]
  ) {{ nodes {{ ...Listed }} pageInfo {{ hasNextPage endCursor }} }}
}}
{LISTED}
"""
DEEP = """
query Deep($id: ID!) {
  city(ref: {id: $id}) {
    id
    name
    country { code name }
    partners(first: 5) {
      nodes {
        id
        name
        country { code name }
        agreements(first: 5) {
          nodes { id title kind status signedOn signatories { office person { id name } } }
        }
      }
    }
  }
}
"""
STATISTICS = """
query Statistics { agreementStats(by: KIND) { key count } }
"""
SEARCH = """
query Search($text: String!) {
  search(text: $text, types: [CITY], first: 20) { nodes { ... on City { id name nativeName } } }
}
"""

_AGREEMENTS = "SELECT id FROM agreement ORDER BY md5(id) LIMIT $1"
_CITIES = """
SELECT city_id AS id FROM agreement_party WHERE city_id IS NOT NULL
GROUP BY city_id HAVING count(*) BETWEEN 5 AND 20 ORDER BY md5(city_id) LIMIT $1
"""
# Five years around agreements that there are, so that most filters find some.
_FILTERS = """
SELECT kind, country_code AS country, (year - 2) || '-01-01' AS "from", (year + 2) || '-12-31' AS "to"
FROM (
    SELECT DISTINCT ON (agreement.id) kind, country_code, left(signed_on, 4)::int AS year, agreement.id
    FROM agreement JOIN agreement_party ON agreement_id = agreement.id JOIN city ON city.id = city_id
    WHERE signed_on IS NOT NULL
) drawn
ORDER BY md5(id) LIMIT $1
"""
# Beginnings of the words of names, as one types them: few of four letters fill a page with the names that begin so.
_TEXTS = """
SELECT text FROM (
    SELECT DISTINCT left(word, length) AS text
    FROM search_word, generate_series(3, 4) length
    WHERE kind = 1 AND word ~ '^[a-z]{4}'
) beginnings
ORDER BY md5(text) LIMIT $1
"""


# What each is called, in the order in which they are asked.
WORKLOADS: Mapping[str, str] = {
    "by-id": "one agreement by id",
    "page-20": "page of 20",
    "unchanged": "page of 20 again, unchanged",
    "page-100": "page of 100",
    "filtered": "page of 20, filtered and ordered",
    "deep": "a city, its partners, their agreements",
    "statistics": "all agreements counted by kind",
    "search": "search as one types",
}


async def draw(url: str) -> dict[str, Workload]:
    """Return the workloads by name, their variables drawn from a registry, the same each time."""
    connection = await asyncpg.connect(url)
    try:

        async def drawn(statement: str, most: int) -> list[Variables]:
            return [dict(row) for row in await connection.fetch(statement, most)]

        asked: dict[str, tuple[str, Sequence[Variables]]] = {
            "by-id": (BY_ID, await drawn(_AGREEMENTS, IDS)),
            "page-20": (PAGE, [{"first": 20}]),
            "unchanged": (PAGE, [{"first": 20}]),
            "page-100": (PAGE, [{"first": 100}]),
            "filtered": (FILTERED, await drawn(_FILTERS, FILTERS)),
            "deep": (DEEP, await drawn(_CITIES, FILTERS)),
            "statistics": (STATISTICS, [{}]),
            "search": (SEARCH, await drawn(_TEXTS, FILTERS)),
        }
    finally:
        await connection.close()
    return {name: Workload(name, title, *asked[name]) for name, title in WORKLOADS.items()}
