"""The site of the documents: gathered from docs/ and the program itself, built without a network."""
