"""A plan written as one statement. Pure: no connection, no clock, no randomness.

Text from outside reaches the statement by three doors only: name() quotes an identifier, quoted() a response key, and
value() binds a parameter. Tables are numbered t0, t1, ... in the order of writing, so that equal plans give equal
text and the driver's prepared statement is met again. Every answer is JSON that PostgreSQL puts together, as bytes:

    SELECT convert_to('{"agreement":' || coalesce((                          -- an object, in the selection's order
      SELECT '{"title":' || to_json(t0."title")::text || ',"event":' || coalesce((
        SELECT ... FROM "event" t1 WHERE t1."id" = t0."event_id"), 'null') || '}'
      FROM "agreement" t0 WHERE t0."id" = $1::text), 'null') || '}', 'UTF8')
"""

from service import plan
from service.sql.json import encoded
from service.sql.names import name, quoted
from service.sql.writer import Writer

__all__ = ["name", "quoted", "write"]


def write(wanted: plan.Plan) -> plan.Statement:
    """Write the plan as one statement whose rows hold JSON as bytes.

    An Object gives one row with one column. Messages give a row (seq, message) a change, and take one parameter
    before the others: the numbers of the changes.
    """
    if isinstance(wanted, plan.Object):
        writer = Writer(0)
        text = f"SELECT {encoded(writer.node(wanted, ()))}"
    else:
        writer = Writer(1)
        text = writer.messages(wanted)
    return plan.Statement(text, tuple(writer.parameters), writer.particular)
