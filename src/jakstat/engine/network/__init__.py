"""A reaction network as data: species, reactions, rules, formulas as trees."""
