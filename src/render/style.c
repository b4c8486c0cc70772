/* What a node and an edge look like. One soft colour a kind, told apart in grey by the type line; the target
 * has the thick red border, a root a double one, the chain a dark strong line, a cycle an amber one; what is to
 * be cut is red and dashed; all else is light. A finalizer is told by the form, which every border can have. */
#include "render/picture.h"

static const char *const fills[RG_KIND_COUNT] = {
    [RG_KIND_OTHER] = "#FFFFFF",    [RG_KIND_MODULE] = "#D3F0DB",   [RG_KIND_FRAME] = "#FFE0C2",
    [RG_KIND_FUNCTION] = "#EADDFB", [RG_KIND_INSTANCE] = "#D6E8FA", [RG_KIND_CONTAINER] = "#ECEFF3",
    [RG_KIND_TYPE] = "#F9E7B8",
};

#define LINE "#98A2B3"
#define FAINT "#C4CAD4"
#define STRONG "#1F2937"
#define TARGET "#D92D20"
#define AMBER "#E08600"
#define VIOLET "#6D3FC0"
#define AMBER_TEXT "#7A4100"

static const char *fill_of(rg_kind kind)
{
    return (unsigned)kind < RG_KIND_COUNT ? fills[kind] : fills[RG_KIND_OTHER];
}

rg__look rg__look_of_node(rg_kind kind, unsigned roles)
{
    rg__look look = {.fill = fill_of(kind), .color = LINE};
    if (roles & RG__ROLE_FINALIZER) {
        look.color = VIOLET;
        look.width = "1.5";
        look.style = "filled,diagonals";
    }
    if (roles & RG__ROLE_CHAIN) {
        look.color = STRONG;
        look.width = "1.5";
    }
    if (roles & RG__ROLE_CYCLE) {
        look.color = AMBER;
        look.width = "2.2";
    }
    if (roles & RG__ROLE_ROOT)
        look.peripheries = "2";
    if (roles & RG__ROLE_TARGET) {
        look.color = TARGET;
        look.width = "3";
    }
    return look;
}

rg__look rg__look_of_edge(unsigned roles)
{
    if (roles & RG__ROLE_CUT)
        return (rg__look){.color = TARGET, .width = "2.2", .style = "dashed", .font_color = TARGET};
    if (roles & RG__ROLE_CYCLE)
        return (rg__look){.color = AMBER, .width = "2.6", .font_color = AMBER_TEXT};
    if (roles & RG__ROLE_CHAIN)
        return (rg__look){.color = STRONG, .width = "2.2", .font_color = "#111827"};
    if (roles & RG__ROLE_WEAK)
        return (rg__look){.color = FAINT, .style = "dashed", .arrow = "empty"};
    if (roles & (RG__ROLE_INFRASTRUCTURE | RG__ROLE_FRAME))
        return (rg__look){.color = FAINT};
    return (rg__look){.color = LINE};
}

rg__look rg__look_of_stub(void)
{
    return (rg__look){.style = "dashed,rounded",
                      .color = LINE,
                      .font_color = "#475467",
                      .font_size = "9",
                      .height = "0.2",
                      .margin = "0.08,0.03"};
}

rg__look rg__look_of_stub_edge(void)
{
    return (rg__look){.color = LINE, .style = "dashed"};
}

rg__look rg__look_of_legend(rg_kind kind)
{
    return (rg__look){.fill = fill_of(kind),
                      .color = LINE,
                      .font_color = "#475467",
                      .font_size = "9",
                      .height = "0.22",
                      .margin = "0.08,0.02"};
}

rg__look rg__look_of_legend_role(unsigned role)
{
    const rg__look node = rg__look_of_node(RG_KIND_OTHER, role);
    const rg__look edge = rg__look_of_edge(role);
    rg__look look = rg__look_of_legend(RG_KIND_OTHER);
    if (role == RG__ROLE_CUT) { /* a node that looks like the edge */
        look.color = edge.color;
        look.style = "dashed,rounded";
        look.font_color = edge.font_color;
    } else {
        look.color = node.color;
        look.style = node.style;
    }
    look.width = node.width ? node.width : edge.width;
    return look;
}

const char *rg__legend_text(rg_kind kind)
{
    return kind == RG_KIND_OTHER ? "other object" : rg_kind_text(kind);
}
