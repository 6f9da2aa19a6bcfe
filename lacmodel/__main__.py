"""Lets ``python -m lacmodel`` do what the command ``lacmodel`` does."""

from lacmodel.cli import main

if __name__ == "__main__":
    main()
