"""SQS, S3, SNS and EventBridge."""
