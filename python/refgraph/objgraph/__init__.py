"""The functions of objgraph 3.6 under their names: `import refgraph.objgraph as objgraph`.

Same arguments, same printed lines, same results on the same heap; counted and searched in C, drawn
in the process itself with no `dot` program. docs/objgraph.md lists every difference;
docs/from-objgraph.md has the same tasks in refgraph's own API. Of this module's own:
`one_capture()`, for many questions to one moment.
"""

from __future__ import annotations

import subprocess as subprocess

from .chains import _find_chain as _find_chain
from .chains import find_backref_chain, find_ref_chain
from .graph import _show_graph as _show_graph
from .graph import show_backrefs, show_chain, show_refs
from .index import one_capture
from .interactive import graphviz_package, is_notebook
from .labels import (
    _edge_label as _edge_label,
)
from .labels import (
    _gradient as _gradient,
)
from .labels import (
    _obj_attrs as _obj_attrs,
)
from .labels import (
    _obj_label as _obj_label,
)
from .labels import (
    _obj_node_id as _obj_node_id,
)
from .labels import (
    _quote as _quote,
)
from .locate import at, at_addrs, by_type, get_leaking_objects, is_proper_module
from .new_ids import get_new_ids
from .present import _present_graph as _present_graph
from .present import _program_in_path as _program_in_path
from .stats import (
    count,
    growth,
    most_common_types,
    show_growth,
    show_most_common_types,
    typestats,
)
from .texts import (
    _get_obj_type as _get_obj_type,
)
from .texts import (
    _is_identifier as _is_identifier,
)
from .texts import (
    _isinstance as _isinstance,
)
from .texts import (
    _long_typename as _long_typename,
)
from .texts import (
    _name_or_repr as _name_or_repr,
)
from .texts import (
    _safe_repr as _safe_repr,
)
from .texts import (
    _short_repr as _short_repr,
)
from .texts import (
    _short_typename as _short_typename,
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
