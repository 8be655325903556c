"""The service answers every operation as the reference does, with the same order of keys, by one statement."""

import asyncio
import os
import secrets
from collections.abc import Iterator
from random import Random
from typing import Any

import asyncpg
import pytest
from graphql import GraphQLInterfaceType, GraphQLObjectType
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from schema.build import build
from schema.execution import Executor
from tests.conftest import sibling
from tests.oracle import registry, sample
from tests.oracle.answers import SCHEMA, column_name, resolver
from tests.oracle.lists import ORDERS, USUAL, order_name
from tests.oracle.operations import generate
from tests.oracle.trial import Counted, Operation, Trial
from tests.oracle.values import Values
