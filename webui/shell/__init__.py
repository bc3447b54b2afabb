"""What every page has: headers, navigation, the probes."""
