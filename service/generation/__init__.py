"""Realistic registries of any size, for trials and measurements; the same seed makes the same registry.

words    syllables of several scripts        world      who there is: cities, people, organizations, sources
names    names made of them                  diplomacy  what they do: agreements, events, delegations, gifts
chance   identifiers, instants and dates     loading    all of it written by COPY, with its changes in the feed
"""

from service.generation.loading import generate
from service.generation.size import Size

__all__ = ["Size", "generate"]
