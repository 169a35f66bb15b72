"""`make bench`: the engine beside its peers, then lanes, doses and threads, and a screen of drug pairs."""

from benchmarks import engine, lanes, screen

if __name__ == "__main__":
    engine.main()
    lanes.main()
    screen.main()
