"""The table of each sort of record that goes in and out: its columns, each of them told once."""
