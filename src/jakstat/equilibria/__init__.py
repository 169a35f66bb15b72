"""Where the model rests, what each branch of rest does, and whether it switches."""
