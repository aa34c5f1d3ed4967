"""The HTTP door's ground floor: how a slice declares routes, schemas and pages."""
