"""The local web application: the same functions as the commands, behind pages with forms.

`launch` starts it, `main` is the script that Streamlit runs, `pages/` has a module a page. Nothing
here holds model logic; what knows nothing of Streamlit stands in modules of its own.
"""
