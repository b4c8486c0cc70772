"""refgraph: the live heap as a reference graph.

What is growing, what holds it, which reference do I cut?

    import refgraph

    snap = refgraph.capture()
    print(snap.types())
    node = snap.objects("app.Session")[0]      # or snap.node(obj)
    print(node.why_alive())                    # sys.modules['app'].CACHE['u1'].sessions[3]
    node.backrefs(depth=3).save("why.svg")
    print(snap.objects("app.Session").why_alive())   # 9,983 of 10,000 held by …CACHE[*].sessions[*]
    print(snap.cycles())                       # which cycles survive, why, which reference to cut
"""

from .allocation import Location, SiteRow
from .arrow import ArrowTable, ArrowTables
from .capturing import capture
from .chains import Chain, Chains
from .collector import Collector
from .cycle import Cut, Cycle, CyclePath, Finalizer
from .cycles import CycleGroup, CycleReport
from .drawing import Drawing
from .errors import (
    CaptureError,
    CaptureWarning,
    CollectionRunning,
    CyclesFound,
    Error,
    FileError,
    NotInSnapshot,
    RenderError,
    RenderTimeout,
)
from .groups import AliveGroup, AliveGroups, AliveRow
from .growth import Growth
from .growth_point import GrowthPoint
from .growth_rows import (
    OwnerGrowth,
    PlaceGrowth,
    Round,
    SteadyPlace,
    SteadyType,
    TypeGrowth,
)
from .growth_suspects import GrowthSuspect
from .node import Edge, Node
from .nodes import Nodes
from .objects import Objects
from .origin import Origin
from .pending import PendingSnapshot
from .retained import Owner, RetainedModule, RetainedObject, RetainedType, WhatIf
from .roots import Root, UnexplainedRow
from .saved import load
from .sizes import Size, sizeof
from .snapshot import Cost, Snapshot
from .suspects import Frees, Suspect, SuspectRow, Suspects
from .table import Column, Table
from .tracker import Tracker
from .type_rows import ModuleRow, TypeRow
from .watch import CycleWatch, watch_cycles

__version__ = "0.1.0"

__all__ = [
    "AliveGroup",
    "AliveGroups",
    "AliveRow",
    "ArrowTable",
    "ArrowTables",
    "CaptureError",
    "CaptureWarning",
    "Chain",
    "Chains",
    "CollectionRunning",
    "Collector",
    "Column",
    "Cost",
    "Cut",
    "Cycle",
    "CycleGroup",
    "CyclePath",
    "CycleReport",
    "CycleWatch",
    "CyclesFound",
    "Drawing",
    "Edge",
    "Error",
    "FileError",
    "Finalizer",
    "Frees",
    "Growth",
    "GrowthPoint",
    "GrowthSuspect",
    "Location",
    "ModuleRow",
    "Node",
    "Nodes",
    "NotInSnapshot",
    "Objects",
    "Origin",
    "Owner",
    "OwnerGrowth",
    "PendingSnapshot",
    "PlaceGrowth",
    "RenderError",
    "RenderTimeout",
    "RetainedModule",
    "RetainedObject",
    "RetainedType",
    "Root",
    "Round",
    "SiteRow",
    "Size",
    "Snapshot",
    "SteadyPlace",
    "SteadyType",
    "Suspect",
    "SuspectRow",
    "Suspects",
    "Table",
    "Tracker",
    "TypeGrowth",
    "TypeRow",
    "UnexplainedRow",
    "WhatIf",
    "capture",
    "load",
    "sizeof",
    "watch_cycles",
]
