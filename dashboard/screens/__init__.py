"""The pages, each in a folder of its own with its templates and its style.

Not called `pages`: Streamlit takes a folder of that name beside its script for pages of its own,
and says of every address that it is none of them.
"""
