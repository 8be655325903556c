"""Strawberry with SQLAlchemy: types with resolvers, and selectinload for what a root field's selection may need."""
