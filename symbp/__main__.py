"""`python -m symbp`."""

from symbp.cli import main

if __name__ == "__main__":
    main()
