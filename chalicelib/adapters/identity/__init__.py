"""Identity providers: OpenID Connect and Keystone."""
