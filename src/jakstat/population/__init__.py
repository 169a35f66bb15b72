"""Virtual patients: what they are drawn from, and what becomes of them: new lesions, progression, death."""
