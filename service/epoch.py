"""Naming a history anew, once a copy of the registry goes its own way.

Knows that cursors name the history that they are of, and nothing else of the feed.
"""

from service.servers import connect


async def begin_epoch(url: str) -> str:
    """Give the history another name and return it: every cursor of before is refused with CURSOR_RESET.

    UPDATE feed_head SET epoch = ... RETURNING epoch
    """
    connection = await connect(url)
    try:
        epoch: str = await connection.fetchval(
            "UPDATE feed_head SET epoch = substr(md5(gen_random_uuid()::text), 1, 8) RETURNING epoch"
        )
    finally:
        await connection.close()
    return epoch
