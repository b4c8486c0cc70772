"""The functions of objgraph 3.6 under their names: `import refgraph.objgraph as objgraph`.

Same arguments, same printed lines, same results on the same heap; counted and searched in C, drawn
in the process itself with no `dot` program. docs/objgraph.md lists every difference;
docs/from-objgraph.md has the same tasks in refgraph's own API. Of this module's own:
`one_capture()`, for many questions to one moment.
"""

from __future__ import annotations

# The private names are objgraph's: programs call them, and put others in their place.
import subprocess  # noqa: F401

from .chains import _find_chain, find_backref_chain, find_ref_chain  # noqa: F401
from .graph import _show_graph, show_backrefs, show_chain, show_refs  # noqa: F401
from .index import one_capture
from .interactive import graphviz_package, is_notebook
from .labels import (  # noqa: F401
    _edge_label,
    _gradient,
    _obj_attrs,
    _obj_label,
    _obj_node_id,
    _quote,
)
from .locate import at, at_addrs, by_type, get_leaking_objects, is_proper_module
from .new_ids import get_new_ids
from .present import _present_graph, _program_in_path  # noqa: F401
from .stats import (
    count,
    growth,
    most_common_types,
    show_growth,
    show_most_common_types,
    typestats,
)
from .texts import (  # noqa: F401
    _get_obj_type,
    _is_identifier,
    _isinstance,
    _long_typename,
    _name_or_repr,
    _safe_repr,
    _short_repr,
    _short_typename,
)

__all__ = [
    "at",
    "at_addrs",
    "by_type",
    "count",
    "find_backref_chain",
    "find_ref_chain",
    "get_leaking_objects",
    "get_new_ids",
    "growth",
    "is_proper_module",
    "most_common_types",
    "one_capture",
    "show_backrefs",
    "show_chain",
    "show_growth",
    "show_most_common_types",
    "show_refs",
    "typestats",
]

#: The release of objgraph whose behaviour this is.
__version__ = "3.6.2"
__author__ = "refgraph"
__date__ = "2024-10-10"

#: Whether a picture that goes to no file is returned as a `graphviz.Source`, for a notebook.
IS_INTERACTIVE = is_notebook()

_package = graphviz_package()
if _package is not None:
    graphviz = _package
del _package
