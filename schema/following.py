"""Starts a subscription: a document and its variables become what a follower asks of each change.

Knows what is refused before anything is followed. How messages come about is the feed's to know, and how they reach a
client is the transport's.
"""

import orjson
from graphql import FieldNode, GraphQLError, OperationType

from schema.begun import Begun
from schema.document import RequestRefused
from schema.errors import ErrorCode, coded, refusal
from schema.execution import Executor, GraphQLRequest, translate, written
from schema.gathering import filled
from schema.subscription import CHECKPOINT_CURSOR, Followed
from service.following import Follower, Subscription
from service.plan import Object


def is_subscription(executor: Executor, request: GraphQLRequest) -> bool:
    """Tell whether the request is for a subscription. Raises RequestRefused."""
    return executor.read(request)[1].operation is OperationType.SUBSCRIPTION


async def subscribe(executor: Executor, request: GraphQLRequest, resume: str | None = None) -> Follower:
    """Return a follower of the request's subscription, from behind the cursor given here or as the argument after.

    Raises RequestRefused.
    """
    asked = (request.query, request.operation_name, request.variables)
    nodes: list[FieldNode] = []
    try:
        if begun := executor.subscriptions.get(*asked):
            nodes.append(begun.field)
            request.spend(begun.cost)
        else:
            begun = begin(executor, request, nodes)
            executor.subscriptions.put(*asked, begun)
        return await executor.feed.subscribe(begun.subscription, resume or begun.after)
    except RequestRefused:
        raise
    except GraphQLError as error:
        raise RequestRefused(coded(error, ErrorCode.INVALID)) from None
    except Exception as error:
        raise RequestRefused(translate(error, nodes[:1])) from None


def begin(executor: Executor, request: GraphQLRequest, nodes: list[FieldNode]) -> Begun:
    """Plan what the request follows; the nodes of its root field are added to the list. Raises RequestRefused."""
    document, operation = executor.read(request)
    if operation.operation is not OperationType.SUBSCRIPTION:
        raise RequestRefused(refusal("The operation is no subscription.", ErrorCode.BAD_REQUEST))
    with request.heeded():
        planner = executor.planner(document, operation, request)
        nodes += next(iter(planner.root_fields(operation).values()), [])
        if not nodes:
            raise refusal("The subscription selects no field.", ErrorCode.INVALID)
        followed: Followed = planner.root(operation, nodes)
        request.spend(planner.cost)
        subscription = Subscription(written(followed.messages), followed.interest, parts(followed.checkpoint))
        after = planner.arguments(operation, nodes[0]).get("after")
    return Begun(subscription, nodes[0], after, planner.cost)


def parts(checkpoint: Object | None) -> tuple[bytes, ...] | None:
    """Return the text of a checkpoint as the parts between which its cursor stands."""
    if checkpoint is None:
        return None
    return tuple(orjson.dumps(filled(checkpoint)).split(CHECKPOINT_CURSOR.encode()))
