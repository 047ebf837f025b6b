"""A Django application in one package: settings, a model, a receiver."""
