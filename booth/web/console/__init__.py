"""The operators' console: pages for people with a phone, which work without JavaScript."""
