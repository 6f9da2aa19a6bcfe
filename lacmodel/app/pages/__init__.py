"""The pages of the app, one module each: a ``TITLE``, and ``show``, which is given the session."""
