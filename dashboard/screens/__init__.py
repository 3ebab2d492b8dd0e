"""The pages: a module each, or a package; its templates and its style in the folder of that name.

Not called `pages`: Streamlit takes a folder of that name beside its script for pages of its own,
and says of every address that it is none of them.
"""
