"""The derivation as a document: in a notation, in a language, as LaTeX, HTML, Markdown or JSON."""
