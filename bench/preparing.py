"""What a document of 200 fields costs that was never seen before, stage by stage, without a database.

Knows the stages. Each document differs by an alias, as those of clients do that write a document for each page.
"""

import gc
import statistics
import time
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

from graphql import Visitor, parse, visit

from bench.report import save, table
from schema.build import build
from schema.document import Documents
from schema.execution import written
from schema.planner import Planner

RUNS = 300
ALLOWED_MS = 5.0
_number = count()

PARTY = "__typename ... on City { id name region country { code name } } ... on Organization { id name kind }"
PERSON = "id name nativeName offices { title from to }"
CITED = "citations { field locator basis note source { id title publisher publishedOn url language } }"
AGREEMENT = f"""
  id version createdAt updatedAt kind title status signedOn effectiveOn expiresOn endedOn summary partiesComplete
  parties {{ position nameAsSigned party {{ {PARTY} }} ordinals {{ ordinal of citation {{ locator }} }}
    signatories {{ role office attendance person {{ {PERSON} }} }} }}
  areas {{ standing area {{ id slug name }} proposedBy {{ id name }} }}
  event {{ id kind name status startsOn endsOn mode venue city {{ id name }} hosts {{ ...Named }} }}
  successors {{ id kind title signedOn }} programme {{ id name startedOn owner {{ ...Named }} }}
  {CITED}
"""
DOCUMENT = f"""
query Everything($id: ID!, $first: Int = 10) {{
  agreement(id: $id) {{ {AGREEMENT} }}
  agreements(first: $first, filter: {{kind: {{equals: SISTER_CITY}}}}, orderBy: [{{field: TITLE}}]) {{
    totalCount pageInfo {{ hasNextPage endCursor }}
    edges {{ cursor node {{ id title kind status signedOn parties {{ position party {{ ...Named }} }} }} }}
  }}
  city(ref: {{named: {{name: "Kaohsiung", country: TW}}}}) {{
    id name nativeName region latitude longitude population names {{ language name }} country {{ code name }}
    partners(first: 5) {{ totalCount edges {{ since kinds agreementCount node {{ id name country {{ code }} }} }} }}
    events(first: 5) {{ nodes {{ id name kind startsOn participants {{ role status person {{ id name }} }} }} }}
    delegationsSent(first: 5) {{ nodes {{
      id name status arrivedOn departedOn purpose leader {{ office person {{ id name }} }}
      members {{ role office person {{ id name }} }} hosts {{ office party {{ ...Named }} }}
    }} }}
    organizations(first: 5) {{ nodes {{ id name kind website members {{ role from to person {{ id name }} }} }} }}
  }}
  contributions(first: 5) {{ nodes {{ id kind givenOn description amount currency giver {{ ...Named }} }} }}
  programmes(first: 5) {{ nodes {{ id name owner {{ ...Named }} targets {{ description dueOn }} }} }}
  changes(first: 5) {{ nodes {{ cursor at kind subjectId version fields }} pageInfo {{ endCursor }} }}
  countries {{ code name }}
}}
fragment Named on Party {{ __typename id name nativeName }}
"""
VARIABLES: Mapping[str, Any] = {"id": "agr_0"}


class Fields(Visitor):
    """Counts the fields of a document as they are written."""

    def __init__(self) -> None:
        """Start from none."""
        super().__init__()
        self.count = 0

    def enter_field(self, *_: Any) -> None:
        """Count one."""
        self.count += 1


def fields(document: str) -> int:
    """Return how many fields a document holds."""
    counted = Fields()
    visit(parse(document), counted)
    return counted.count


def measure() -> dict[str, float]:
    """Measure, print and save the table, and return the medians in milliseconds of CPU."""
    schema = build()._schema
    documents = Documents(schema)
    took: dict[str, list[float]] = {}

    def timed(stage: str, run: Callable[[], Any]) -> Any:
        began = time.process_time()
        result = run()
        took.setdefault(stage, []).append((time.process_time() - began) * 1e3)
        return result

    def prepare() -> None:
        text = DOCUMENT.replace("countries", f"n{next(_number)}: countries")
        node = timed("parsed", lambda: documents.parse(text))
        document = timed("validated", lambda: documents.check(text, node))
        operation = document.operation(None)
        values = documents.variables(operation, dict(VARIABLES))
        planned = timed("planned", lambda: Planner(schema, document.fragments, values).operation(operation))
        timed("written", lambda: written(planned))

    gc.freeze()
    for _ in range(RUNS):
        prepare()
    medians = {stage: statistics.median(each) for stage, each in took.items()}
    medians["all of it"] = sum(medians.values())
    medians["planned and written"] = medians["planned"] + medians["written"]
    head = [f"{fields(DOCUMENT)} fields, {len(DOCUMENT):,} characters", "CPU, ms (median)"]
    rows = [[stage, f"{median:.2f}"] for stage, median in medians.items()]
    save("preparing", f"{table(head, rows)}\n\nAllowed: {ALLOWED_MS:g} ms, planned and written.", medians)
    return medians
