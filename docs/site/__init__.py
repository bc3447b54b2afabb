"""The documentation as a site: pages and pictures -> a folder laid out as the repository -> mkdocs -> build/site."""
