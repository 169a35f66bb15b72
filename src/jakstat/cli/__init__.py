"""The `jakstat` command: thin files, one per sub-command."""
