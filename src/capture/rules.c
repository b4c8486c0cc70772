/* Rules: the table for the standard library, what a pattern must look like, and their application. */
#include "capture/rules.h"

#include <string.h>

/* Caches and registries of the standard library. They do keep alive what they hold, so their edges stay
 * references; but whoever asks why an object is alive wants to hear of them only where nothing else holds it. */
static const struct {
    const char *pattern;
    const char *reason;
} defaults[] = {
    {"*.__warningregistry__", "which warnings a module has shown"},
    {"warnings.onceregistry", "which warnings have been shown"},
    {"re._cache[*]", "compiled patterns"},
    {"re._cache2[*]", "compiled patterns, 3.12+"},
    {"re._compile_repl[*]", "parsed replacement templates, 3.9 - 3.11"},
    {"re._compile_template[*]", "parsed replacement templates, 3.12+"},
    {"fnmatch._compile_pattern[*]", "compiled patterns"},
    {"glob._compile_pattern[*]", "compiled patterns, 3.13+"},
    {"tokenize._compile[*]", "compiled patterns"},
    {"linecache.cache[*]", "source lines"},
    {"inspect.modulesbyfile[*]", "modules by file"},
    {"inspect._filesbymodname[*]", "files by module"},
    {"typing._cleanups[*].__self__[*]", "types made by subscripting"},
    {"ctypes._pointer_type_cache[*]", "pointer types"},
    {"ctypes._c_functype_cache[*]", "function types"},
    {"copyreg.dispatch_table[*]", "how classes are pickled"},
    {"copyreg._extension_registry[*]", "pickle extension codes"},
    {"copyreg._inverted_registry[*]", "pickle extension codes"},
    {"copyreg._extension_cache[*]", "pickle extension codes"},
    {"encodings._cache[*]", "codecs by name"},
    {"sys.path_importer_cache[*]", "finders by path"},
    {"sys.path_hooks[*]", "makers of finders"},
    {"weakref.finalize._registry[*]", "what finalizers wait for"},
    {"logging._handlers.data[*]", "handlers by name, weakly"},
    {"logging._handlerList[*]", "handlers to be closed at exit, weakly"},
    {"concurrent.futures.thread._threads_queues.data[*]", "queues to be closed at exit"},
    {"multiprocessing.util._finalizer_registry[*]", "finalizers to be called at exit"},
    {"multiprocessing.util._afterfork_registry[*]", "what to call after a fork"},
    {"urllib.parse.urlsplit[*]", "split addresses"},
    {"urllib.parse._parse_cache[*]", "split addresses, 3.9 - 3.10"},
    {"mimetypes._db", "types by file extension"},
    {"gettext._translations[*]", "catalogues"},
};

static rg_status refuse(const rg_edge_rule *rule, size_t i, const char *what, rg_error *error)
{
    const size_t size = rule->pattern.size < 60 ? rule->pattern.size : 60;
    return rg_error_set(
        error, RG_ERR_ARGUMENT,
        "edge rule %zu, \"%.*s\": %s; a pattern is a module or type and a name, as in "
        "\"app.Session.owner\", \"app.CACHE\" or \"app.CACHE[*]\"",
        i, (int)size, rule->pattern.data ? rule->pattern.data : "", what);
}

/* What is wrong with a pattern, or NULL. */
static const char *fault_of(rg_string pattern)
{
    bool has_dot = false;
    bool has_name = false; /* since the last dot */
    bool is_behind_entries = false;
    for (size_t i = 0; i < pattern.size; i++) {
        const char at = pattern.data[i];
        if (at == '[') {
            if (!has_name || !has_dot)
                return "\"[*]\" follows a name";
            if (pattern.size - i < 3 || memcmp(pattern.data + i, "[*]", 3) != 0)
                return "brackets hold a star: \"[*]\"";
            i += 2;
            is_behind_entries = true;
        } else if (at == '.') {
            if (!has_name)
                return "a name is missing before a dot";
            has_dot = true;
            has_name = false;
            is_behind_entries = false;
        } else if (at == ']' || is_behind_entries) {
            return "behind \"[*]\" comes a dot or another \"[*]\"";
        } else {
            has_name = true;
        }
    }
    if (!pattern.size)
        return "it is empty";
    if (!has_dot)
        return "it has no dot";
    return has_name ? NULL : "a name is missing behind the last dot";
}

rg_status rg__rules_check(const rg_capture_options *options, rg_error *error)
{
    for (size_t i = 0; i < options->rule_count; i++) {
        const rg_edge_rule *rule = &options->rules[i];
        const char *fault =
            rule->pattern.data || !rule->pattern.size ? fault_of(rule->pattern) : "it is empty";
        if (!fault && (rule->strength < RG_STRENGTH_OWN || rule->strength > RG_STRENGTH_WEAK))
            fault = "its strength is none of the four";
        if (fault)
            return refuse(rule, i, fault, error);
    }
    return RG_OK;
}

/* Edges found by all rules, with the strength each rule gives them in the upper two bits. */
static uint64_t with_strength(uint64_t edge, rg_strength strength)
{
    return edge | (uint64_t)strength << 62;
}

/* Add the edges that a rule names; those that own nothing are no references, whatever a rule says. */
static rg_status collect(rg__edge_set *all, rg__capture *c, const uint32_t *order,
                         rg_edge_rule rule, uint64_t *matches)
{
    const size_t begin = all->count;
    rg_status status = rg__rule_match(all, c, order, rule.pattern);
    if (status)
        return status;
    if (matches)
        *matches = all->count - begin;
    size_t kept = begin;
    for (size_t i = begin; i < all->count; i++)
        if (rg__edge_strength(rg__edge_at(&c->edges, all->items[i])) != RG_STRENGTH_WEAK)
            all->items[kept++] = with_strength(all->items[i], rule.strength);
    all->count = kept;
    return RG_OK;
}

rg_status rg__rules_apply(rg__capture *c, const uint32_t *order)
{
    const rg_capture_options *options = c->options;
    rg__edge_set all = {.allocator = c->allocator};
    rg_status status = RG_OK;
    for (size_t i = 0; i < sizeof defaults / sizeof *defaults && !status; i++) {
        const rg_edge_rule rule = {rg_string_of(defaults[i].pattern), RG_STRENGTH_INFRASTRUCTURE};
        if (!options->no_default_rules)
            status = collect(&all, c, order, rule, NULL);
    }
    for (size_t i = 0; i < options->rule_count && !status; i++)
        status = collect(&all, c, order, options->rules[i],
                         options->matches ? &options->matches[i] : NULL);
    for (size_t i = 0; i < all.count && !status; i++) {
        rg__edge *edge = rg__edge_at(&c->edges, all.items[i] & UINT64_MAX >> 2);
        edge->label = (edge->label & UINT32_MAX >> 2) | (uint32_t)(all.items[i] >> 62) << 30;
    }
    rg__edge_set_dispose(&all);
    return status;
}
