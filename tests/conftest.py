"""What every test shares."""

from hypothesis import settings

# These machines are noisy: an example that takes long is no fault.
settings.register_profile("project", deadline=None, max_examples=60)
settings.load_profile("project")
