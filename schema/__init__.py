"""The GraphQL schema: what the registry looks like from outside. Knows no SQL.

document   a text is read and checked       limits     what a document may ask for
entity     a model becomes a type           planner    an operation becomes a plan
introspection                               rehearsal  a payload planned before anything is written
source     where a field's value comes from execution  an operation is answered
filters, orders, connection                 query, mutation, subscription: the root fields
document   read and kept, by validation     statements  written and kept; begun, what is followed
"""
