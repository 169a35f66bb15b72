"""Claims about tumours and patients as experiments on the patient's document, and the verdicts."""
