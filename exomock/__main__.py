"""`python -m exomock`."""

from exomock.cli import main

if __name__ == "__main__":
    main()
