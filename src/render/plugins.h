/* Graphviz's plugins as we load them: tables for gvContextPlugins. Under the lock of engine.h, like Graphviz itself. */
#ifndef RG_RENDER_PLUGINS_H
#define RG_RENDER_PLUGINS_H

#include <refgraph/base.h>

#include <gvc.h>

#include <stdbool.h>

/* What a table is for: pictures without Pango, or with it, or formats that the application names. In none of them: gtk
 * and xlib, which open windows. */
typedef enum rg__plugins {
    RG__PLUGINS_VECTOR = 0,
    RG__PLUGINS_RASTER,
    RG__PLUGINS_EVERY,
    RG__PLUGINS_COUNT
} rg__plugins;

/* Fill a table, once. `lazily`: functions are looked up as they are called. RG_OK or RG_ERR_UNSUPPORTED, with a message:
 * one that it cannot do without is not installed. */
RG_CHECKED rg_status rg__plugins_load(rg__plugins kind, bool lazily, rg_error *error);
/* The table, once filled: a context keeps the pointer, and it is never freed. */
const lt_symlist_t *rg__plugins_table(rg__plugins kind);

#endif
