"""Values of our own scalars for schemathesis, which knows none: right ones, and some that only look so.

It runs in the clients' own environment.
"""

from hypothesis import strategies as st
from schemathesis import graphql  # type: ignore[import-not-found]  # in the clients' environment only
from schemathesis.graphql import nodes  # type: ignore[import-not-found]  # the same

VALUES = {
    "PartialDate": ["2024-03-22", "2024-03", "2024", "2024~", "2024-02-30", ""],
    "Date": ["2024-03-22", "0001-01-01", "9999-12-31", "2024-13-01"],
    "DateTime": ["2024-03-22T08:30:00Z"],
    "Decimal": ["300000.00", "-0", "1e30", "NaN"],
    "CountryCode": ["TW", "XK", "ZZ", "tw"],
    "LanguageTag": ["en", "zh-Hant", "x"],
    "URL": ["https://example.org/", "http://[", "ftp://example.org"],
}
for name, values in VALUES.items():
    graphql.scalar(name, st.sampled_from(values).map(nodes.String))
