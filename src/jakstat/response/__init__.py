"""What drugs do to cells: dose-response, targets, schedules, potency, cells that differ."""
