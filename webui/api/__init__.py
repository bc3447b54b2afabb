"""What all endpoints of the JSON API have in common: how one is declared.

@Operation(parameters, body, answers, problems) -> a view that keeps to it
                                                -> its description in OpenAPI, see webui/api_docs/
"""
