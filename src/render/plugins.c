/* See plugins.h. */
#define _GNU_SOURCE
#include "render/plugins.h"

#include <dlfcn.h>
#include <graphviz_version.h>
#include <stdio.h>
#include <string.h>

enum { PLUGINS = 9, PATH_SIZE = 4096 };
static const struct {
    const char *name, *symbol;
} plugins[PLUGINS] = {
    {"core", "gvplugin_core_LTX_library"},   {"dot_layout", "gvplugin_dot_layout_LTX_library"},
    {"pango", "gvplugin_pango_LTX_library"}, {"neato_layout", "gvplugin_neato_layout_LTX_library"},
    {"gd", "gvplugin_gd_LTX_library"},       {"gdk", "gvplugin_gdk_LTX_library"},
    {"rsvg", "gvplugin_rsvg_LTX_library"},   {"visio", "gvplugin_visio_LTX_library"},
    {"webp", "gvplugin_webp_LTX_library"},
};
/* How many of them a table has, and how many of those it cannot do without. */
static const size_t plugin_counts[RG__PLUGINS_COUNT] = {
    [RG__PLUGINS_VECTOR] = 2, [RG__PLUGINS_RASTER] = 3, [RG__PLUGINS_EVERY] = PLUGINS};
static const size_t plugins_needed[RG__PLUGINS_COUNT] = {
    [RG__PLUGINS_VECTOR] = 2, [RG__PLUGINS_RASTER] = 3, [RG__PLUGINS_EVERY] = 2};
static lt_symlist_t tables[RG__PLUGINS_COUNT]
                          [PLUGINS + 1]; /* static: a context keeps the pointer */
static bool is_filled[RG__PLUGINS_COUNT];

/* The plugins' folder is "graphviz" beside libgvc; elsewhere the loader's own search has to do. */
static void *open_plugin(const char *name, int mode)
{
    char file[PATH_SIZE];
    Dl_info info;
    void *function = dlsym(RTLD_DEFAULT, "gvContextPlugins");
    if (function && dladdr(function, &info) && info.dli_fname) {
        const char *slash = strrchr(info.dli_fname, '/');
        const int folder = slash ? (int)(slash - info.dli_fname) + 1 : 0;
        const int size = snprintf(file, sizeof file, "%.*sgraphviz/libgvplugin_%s.so.%d", folder,
                                  info.dli_fname, name, GVPLUGIN_VERSION);
        void *library = size > 0 && size < PATH_SIZE ? dlopen(file, mode) : NULL;
        if (library)
            return library;
    }
    (void)snprintf(file, sizeof file, "libgvplugin_%s.so.%d", name, GVPLUGIN_VERSION);
    return dlopen(file, mode);
}

rg_status rg__plugins_load(rg__plugins kind, bool lazily, rg_error *error)
{
    const int mode = (lazily ? RTLD_LAZY : RTLD_NOW) | RTLD_LOCAL;
    size_t used = 0;
    for (size_t i = 0; i < plugin_counts[kind] && !is_filled[kind]; i++) {
        void *library = open_plugin(plugins[i].name, mode);
        void *address = library ? dlsym(library, plugins[i].symbol) : NULL;
        if (!address && i < plugins_needed[kind])
            return rg_error_set(error, RG_ERR_UNSUPPORTED,
                                "Graphviz's plugin libgvplugin_%s.so.%d is not installed%s",
                                plugins[i].name, GVPLUGIN_VERSION,
                                i == 2 ? " (PNG and PDF need it; SVG does not)" : "");
        if (address)
            tables[kind][used++] = (lt_symlist_t){plugins[i].symbol, address};
    }
    is_filled[kind] = true;
    return RG_OK;
}

const lt_symlist_t *rg__plugins_table(rg__plugins kind)
{
    return tables[kind];
}
