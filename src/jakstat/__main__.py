"""`python -m jakstat` does what `jakstat` does."""

from jakstat.cli.main import run

if __name__ == "__main__":
    run()
