"""Lists that an index of their own table holds in their order, whatever the values that are asked for.

Such a page is read from its first row on by one plan for all values, where PostgreSQL would else plan it for each.
Knows plans and which columns have such indexes, and writes no SQL.
"""

from service.plan import Column, Compare, Condition, Known, OrderKey, Sortable, StartsWith, Value
from service.sql.carried import conjuncts, stands

NEWEST = OrderKey("signed_on_earliest", "date", descending=True, nullable=True)
# Columns of one value of which an index holds the rows in an order, see service/models/agreement.py.
BY_VALUE = {("agreement", NEWEST): ("kind", "status")}


def in_order(table: str, where: Condition, order: tuple[OrderKey, ...]) -> bool:
    """Tell whether what is asked is a range of an index that is in order, but for what nearly all of it fulfils."""
    first = order[0]
    day = first.column.removesuffix("_earliest")
    values: list[str] = []
    for part in conjuncts(where):
        match part:
            case _ if stands(part):
                pass
            case Compare(Sortable(key), _, Value()) if key == first:
                pass
            case Known(Column(name, 0)) | Compare(Column(name, 0), _, Value()) if name in (day, f"{day}_latest"):
                pass
            case StartsWith(Column(name, 0), _) | Compare(Column(name, 0), "=", Value()) if name == first.column:
                pass
            case Compare(Column("id", 0), "=", Value()):
                pass
            case Compare(Column(name, 0), "=", Value()) if name in BY_VALUE.get((table, first), ()):
                values.append(name)
            case _:
                return False
    return len(values) <= 1
