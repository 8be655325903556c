"""Realistic registries of any size, for trials and measurements; the same seed makes the same registry.

size      how many there are of everything     settlement  the standing population as rows
words     syllables of several scripts         diplomacy   agreements and what goes with them as rows
names     names made of them                   batch       rows to be written together
chance    identifiers, instants and dates      making      batches made side by side
world     who there is, each by its number     loading     all of it copied, with its changes in the feed
command   a bar that moves                     structure   indexes set aside meanwhile
"""

from service.generation.loading import generate
from service.generation.size import Size

__all__ = ["Size", "generate"]
