"""HTML pages for people: one about a model, one about an audit. evaluation, audit -> tables, figures -> html_page.

A page is one file and asks nothing of the network. Class and file names come from outside, so every text is escaped by
the template.
"""
