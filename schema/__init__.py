"""The GraphQL schema: what the registry looks like from outside. Knows no SQL.

entity     a model becomes a type           planner    an operation becomes a plan
source     where a field's value comes from execution  an operation is answered
filters, orders, connection                 query, mutation, subscription: the root fields
document   read and kept, by validation     statements  written and kept
"""
