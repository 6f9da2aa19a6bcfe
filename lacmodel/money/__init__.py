"""Money: what placements cost, and why one year's spend differs from another's."""
