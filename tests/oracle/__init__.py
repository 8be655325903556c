"""An independent reference for what the service answers: plain Python over plain rows, slow and obvious.

    draws       values and references drawn at random
    sample      a small random registry of them, inserted into a database
    registry    all rows of a database as Python dicts
    days        what a partial date can mean
    filters     which rows a filter object keeps
    lists       orders, pages and cursors
    answers     the ways in which fields are answered, and graphql-core to execute an operation
    fields      what each field answers
    together    the same for what speaks of several records: changes, partners, relationships, statistics
    search      what a search finds, and in which order
    values      values for arguments, most of them held by the data
    operations  random operations over the whole schema
    trial       an operation answered twice, by the service and here, and compared
    smaller     a failing operation with all left out that does not matter

A field that the schema gains is judged once it has a resolver in fields.py, together.py or search.py.
Nothing here uses the planner, the sources, the filters or the SQL of the service.
"""
