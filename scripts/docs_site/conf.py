"""What Sphinx is told: Markdown as it stands in docs/, docstrings of NumPy's form, nothing from a network."""

from jakstat.identity import VERSION

project = "jakstat"
author = "The jakstat developers"
project_copyright = author
version = release = VERSION
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["files"]
html_theme = "furo"
html_title = f"jakstat {VERSION}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False
html_domain_indices = False
html_use_index = True
html_baseurl = ""
# The same page from the same text: no date in it.
html_last_updated_fmt = None
myst_heading_anchors = 4
myst_enable_extensions = ["attrs_block"]
highlight_language = "none"
autodoc_typehints = "signature"
autodoc_member_order = "bysource"
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 88
napoleon_google_docstring = False
napoleon_numpy_docstring = True
napoleon_use_rtype = False
toc_object_entries = False
smartquotes = False
suppress_warnings = ["myst.header"]
