"""Strawberry's FastAPI router over SQLAlchemy's asyncpg engine: serves DATABASE_URL on PORT."""

import os
from typing import Any

import strawberry
import uvicorn
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from strawberry.extensions import ParserCache, ValidationCache
from strawberry.fastapi import GraphQLRouter
from strawberry.schema.config import StrawberryConfig

from bench.contestants.strawberry.mutation import Mutation
from bench.contestants.strawberry.query import CountryCode, Query
from bench.load import PATIENCE_S


def application(url: str) -> FastAPI:
    """Return the application over a database."""
    address = url.replace("postgresql://", "postgresql+asyncpg://", 1)
    engine = create_async_engine(address, pool_size=10, max_overflow=0, pool_timeout=PATIENCE_S)
    sessions = async_sessionmaker(engine, expire_on_commit=False)

    async def context() -> dict[str, Any]:
        return {"sessions": sessions}

    schema = strawberry.Schema(
        Query,
        Mutation,
        # Instances, though they are deprecated and no longer typed: classes would keep nothing between requests.
        extensions=[ParserCache(), ValidationCache()],  # type: ignore[list-item]
        config=StrawberryConfig(scalar_map={CountryCode: strawberry.scalar(name="CountryCode")}),
    )
    app = FastAPI()
    app.include_router(GraphQLRouter(schema, context_getter=context, graphql_ide=None), prefix="/graphql")
    return app


def main() -> None:
    """Serve on a port of this machine."""
    uvicorn.run(
        application(os.environ["DATABASE_URL"]),
        host="127.0.0.1",
        port=int(os.environ["PORT"]),
        loop="uvloop",
        http="httptools",
        log_level="warning",
        access_log=False,
    )


if __name__ == "__main__":
    main()
