"""DynamoDB adapters, over PynamoDB."""
