"""Registrera: the form of an activity, a safety walk or a finding."""
