"""Actions that are operations of AWS services: `aws.ec2_start_instances` …"""
