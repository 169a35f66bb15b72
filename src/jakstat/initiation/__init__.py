"""Few tumour cells: whether they found a tumour, when it comes back, and the assays that count founders."""
