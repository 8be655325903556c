"""The service answers every operation as the reference does, with the same order of keys, by one statement."""
