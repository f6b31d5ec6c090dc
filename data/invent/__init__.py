"""What the demo texts say: invented places and questions, written from the phrases beside it."""
