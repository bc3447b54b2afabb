"""What the model's page and the report draw: results -> view models without style -> a template of each page."""
