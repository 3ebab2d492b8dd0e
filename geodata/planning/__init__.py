"""Values in, values out: where to stand and which way to walk.

Nothing here knows who is looked for, only places, ways and minutes. The solver (HiGHS) is
imported when something is solved, not with the room.
"""
