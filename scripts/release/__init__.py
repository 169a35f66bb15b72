"""A release, by ``make release``: checks, wheel and sdist, the wheel alone, and the tag if asked."""
