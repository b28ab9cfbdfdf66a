"""The documentation as a site: `make docs`. The build needs no network."""

project = "logwatch"
author = "the logwatch developers"
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
html_theme = "furo"
html_title = "logwatch"
myst_heading_anchors = 3
suppress_warnings = ["myst.xref_missing"]  # links to files outside of docs/ hold on GitHub
