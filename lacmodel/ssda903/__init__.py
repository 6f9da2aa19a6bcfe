"""The SSDA903 return: reading, checking, and what it says of children in care."""
