"""Prints the schema in GraphQL's own language: python -m schema > schema/schema.graphql."""

import sys

from schema.build import build

sys.stdout.write(str(build()) + "\n")
