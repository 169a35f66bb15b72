"""From hepatitis to cirrhosis and liver cancer over decades, and the mouse given a carcinogen."""
