"""The pathway as a map: which glyphs and arcs, and where they lie."""
