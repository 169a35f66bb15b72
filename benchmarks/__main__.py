"""`make bench`: the engine beside its peers, then lanes, doses and threads."""

from benchmarks import engine, lanes

if __name__ == "__main__":
    engine.main()
    lanes.main()
