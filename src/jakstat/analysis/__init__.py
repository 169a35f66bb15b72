"""Questions asked of the model as a whole: where it rests, what it is sensitive to, whether it switches."""
