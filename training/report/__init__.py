"""Writes what there is to say about a model into one page that a person who never trained a network understands.

    evaluation, unknown pictures, audit, metadata -> sentences, tables, figures, photographs -> one HTML file

The page asks nothing of the network: style, figures and pictures are in it. Class and file names come from outside, so
every text is escaped by the template.
"""

from training.report.contents import Contents
from training.report.page import check_writable, default_path, write

__all__ = ["Contents", "check_writable", "default_path", "write"]
