"""What the product knows, in the formats of other tools."""
