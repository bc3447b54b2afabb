"""The description of the JSON API: an OpenAPI document made of what the endpoints declare, and a page made of that.

URL patterns -> Endpoint.operations -> document -> /api/openapi.json
                                                -> samples -> the page /api/docs
"""
