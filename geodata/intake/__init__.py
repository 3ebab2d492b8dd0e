"""Files from outside to drafts of records, with a report of every row that is wrong or odd.

Nothing here writes to a register: who asked for the import decides what becomes of the drafts.
"""
