"""CloudWatch metrics and X-Ray segments."""
