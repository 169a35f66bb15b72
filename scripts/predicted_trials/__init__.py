"""Published trials, simulated: none of their numbers but those of SHARP was looked at by the fit."""
