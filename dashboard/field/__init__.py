"""The page that goes along into the field: for a phone, with or without a network."""
