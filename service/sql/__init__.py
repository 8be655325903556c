"""A plan written as one statement. Pure: no connection, no clock, no randomness.

Text from outside reaches the statement by two doors only: name() quotes an identifier, value() binds a
parameter. Tables are numbered t0, t1, ... in the order of writing, so that equal plans give equal text and
the driver's prepared statement is met again. Every answer is JSON that PostgreSQL writes:

    SELECT (SELECT row_to_json(o0) FROM (SELECT                        -- an object, in the selection's order
      (SELECT (SELECT row_to_json(o1) FROM (SELECT t0."title" AS "title", CASE ... t1 ... END AS "event") o1)
       FROM "agreement" t0 LEFT JOIN "event" t1 ON t1."id" = t0."event_id"   -- to one: joined
       WHERE t0."id" = $1::text) AS "agreement") o0)

`json`, never `jsonb`: it keeps the order of the selection and is two to four times as fast to write.
"""

from service import plan
from service.sql.names import name
from service.sql.writer import Writer

__all__ = ["name", "write"]


def write(wanted: plan.Plan) -> plan.Statement:
    """Write the plan as one statement whose rows hold JSON.

    An Object gives one row with one column. Messages give a row (seq, message) a change, and take one parameter
    before the others: the numbers of the changes.
    """
    if isinstance(wanted, plan.Object):
        writer = Writer(0)
        text = f"SELECT {writer.node(wanted, (), None)}"
    else:
        writer = Writer(1)
        text = writer.messages(wanted)
    return plan.Statement(text, tuple(writer.parameters), writer.particular)
