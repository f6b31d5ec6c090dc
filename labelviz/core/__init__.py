"""What the words mean: values and rules, in numpy and the standard library."""
