"""What the API shows of each resource: tables of members, made of pure functions over the model."""
