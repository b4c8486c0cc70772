/* Random graphs with hostile texts, drawn as SVG on the Graphviz at hand: none may crash or fail, each must
 * be well-formed XML, and every label must read back as documented in refgraph/render.h.
 *
 *     fuzz_render [count [seed]]
 *
 * A text is a row of characters, each kept with what it shall look like plain and quoted: an oracle that
 * shares no code with the library. A graph that fails is named by its seed. */
#include "pictures.h"
#include "random.h"
#include "sanitized.h"

#include <refgraph/render.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GRAPHS = SANITIZED ? 150 : 3000 };
enum {
    NODES_LEAST = 3,
    NODES_USUAL = 72,
    ROOTS_MOST = 3,
    NODES_MOST = 300,
    EDGES_MOST = 2 * NODES_MOST,
    TEXT_SIZE = 2048,
    CHARACTERS = 120
};

/* ---- texts and what they must look like ---- */

typedef struct character {
    const char *bytes;
    size_t size;
    const char *plain;  /* NULL: the bytes themselves */
    const char *quoted; /* NULL: as plain */
} character;

static const character odd_characters[] = {
    {"\0", 1, "\\x00", NULL},
    {"\x01", 1, "\\x01", NULL},
    {"\n", 1, "\\n", NULL},
    {"\r", 1, "\\r", NULL},
    {"\t", 1, "\\t", NULL},
    {"\x1b", 1, "\\x1b", NULL},
    {"\x7f", 1, "\\x7f", NULL},
    {"\xff", 1, "\\xff", NULL},                   /* never UTF-8 */
    {"\xc3", 1, "\\xc3", NULL},                   /* the beginning of a character */
    {"\xc2\x85", 2, "\\x85", NULL},               /* NEXT LINE */
    {"\xc2\xa0", 2, NULL, NULL},                  /* NO-BREAK SPACE */
    {"\xed\xa0\x80", 3, "\\ud800", NULL},         /* a lone surrogate, as Python's strings hold */
    {"\xef\xbf\xbe", 3, "\\ufffe", NULL},         /* a noncharacter */
    {"\xe2\x80\xae", 3, "\\u202e", NULL},         /* RIGHT-TO-LEFT OVERRIDE */
    {"\xe2\x80\xa8", 3, "\\u2028", NULL},         /* LINE SEPARATOR */
    {"\xf3\xa0\x81\x81", 4, "\\U000e0041", NULL}, /* a tag */
    {"\xc3\xa9", 2, NULL, NULL},
    {"\xe6\xbc\xa2", 3, NULL, NULL},
    {"\xf0\x9f\x90\x8d", 4, NULL, NULL},
    {"\\", 1, "\\", "\\\\"},
};

static const char *const phrases[] = {
    "\\N",
    "\\G",
    "\\L",
    "\\l",
    "\\n",
    "\\",
    "<b>bold</b>",
    "<script>alert(1)</script>",
    "&amp;",
    "&#0;",
    "&lt;",
    "&bogus;",
    "&",
    "]]>",
    "-->",
    "a--b",
    "%s%n",
    "\"",
    "'",
    "{a|b}",
    "<",
    ">",
    "=",
    "javascript:alert(1)",
    "/srv/app/api.py",
    "  two  spaces  ",
    ";",
    "[x=1]",
    "/*",
    "<!DOCTYPE a>",
    "x",
    "Session",
};

typedef struct text {
    char bytes[TEXT_SIZE];
    size_t size;
    character row[CHARACTERS];
    size_t count;
} text;

/* No character begins with a byte that could continue the one before it. */
static void add_character(text *t, const character *c)
{
    if (t->count == CHARACTERS || t->size + c->size > TEXT_SIZE)
        return;
    memcpy(t->bytes + t->size, c->bytes, c->size);
    t->size += c->size;
    t->row[t->count++] = *c;
}

static void add_phrase(text *t, const char *phrase)
{
    for (; *phrase; phrase++) {
        if (*phrase == '\\')
            add_character(t, &odd_characters[sizeof odd_characters / sizeof *odd_characters - 1]);
        else
            add_character(t, &(character){phrase, 1, NULL, NULL});
    }
}

static void random_text(text *t, randomness *random)
{
    t->size = 0;
    t->count = 0;
    const uint32_t pieces = random_below(random, 8) ? random_below(random, 5) : CHARACTERS;
    for (uint32_t i = 0; i < pieces; i++) {
        if (random_below(random, 2))
            add_phrase(t, phrases[random_below(random, sizeof phrases / sizeof *phrases)]);
        else
            add_character(t, &odd_characters[random_below(random, sizeof odd_characters /
                                                                      sizeof *odd_characters)]);
    }
}

static rg_string string_of(const text *t)
{
    return (rg_string){t->bytes, t->size};
}

typedef struct shown {
    char bytes[4 * TEXT_SIZE * 4];
    size_t size;
} shown;

static void show(shown *s, const char *bytes, size_t size)
{
    if (s->size + size >= sizeof s->bytes)
        abort();
    memcpy(s->bytes + s->size, bytes, size);
    s->size += size;
    s->bytes[s->size] = '\0';
}

static void show_word(shown *s, const char *word)
{
    show(s, word, strlen(word));
}

/* At most `limit` characters of the text, then "…". */
static void show_text(shown *s, const text *t, size_t limit, char quote)
{
    for (size_t i = 0; i < t->count; i++) {
        const character *c = &t->row[i];
        const char *as = quote && c->quoted ? c->quoted : c->plain;
        if (i == limit) {
            show_word(s, "…");
            return;
        }
        if (quote && c->size == 1 && c->bytes[0] == quote)
            show_word(s, "\\");
        if (as)
            show_word(s, as);
        else
            show(s, c->bytes, c->size);
    }
}

static void show_quoted(shown *s, const text *t, size_t limit)
{
    const bool has_single = memchr(t->bytes, '\'', t->size);
    const bool has_double = memchr(t->bytes, '"', t->size);
    const char quote = has_single && !has_double ? '"' : '\'';
    show(s, &quote, 1);
    show_text(s, t, limit, quote);
    show(s, &quote, 1);
}

/* Cut what is shown to `limit` characters, then "…". */
static void cut(shown *s, size_t start, size_t limit)
{
    size_t count = 0;
    for (size_t i = start; i < s->size; i++) {
        const bool begins = ((unsigned char)s->bytes[i] & 0xC0) != 0x80;
        if (begins && count++ == limit) {
            s->size = i;
            show_word(s, "…");
            return;
        }
    }
}

/* As pictures.h gives text back: spaces that do not break are plain. */
static void plain_spaces(shown *s)
{
    size_t to = 0;
    for (size_t from = 0; from <= s->size; from++) {
        const bool no_break = !memcmp(s->bytes + from, "\xC2\xA0", 2);
        s->bytes[to++] = no_break ? ' ' : s->bytes[from];
        from += no_break;
    }
    s->size = to - 1;
}

/* ---- a random graph ---- */

typedef struct story {
    text module[8], name[8]; /* of types */
    text node[NODES_MOST];
    uint32_t type[NODES_MOST];
    bool is_str[NODES_MOST], has_text[NODES_MOST];
    text site[NODES_MOST]; /* the file that allocated it */
    uint32_t line[NODES_MOST];
    bool has_site[NODES_MOST];
    unsigned flags[NODES_MOST];
    uint8_t generation[NODES_MOST];
    unsigned type_flags[8];
    text edge[EDGES_MOST];
    bool is_named[EDGES_MOST];
    uint32_t nodes;
    size_t edges;
    rg_root roots[ROOTS_MOST]; /* all of the name of node 0's text */
    size_t root_count;
    rg_graph *graph;
    rg_subgraph selection;
    rg_omission omissions[4];
    rg_edge chain[NODES_MOST];
    size_t chain_count;
    rg_edge cycle[EDGES_MOST], cut[EDGES_MOST];
    size_t cycle_count, cut_count;
    bool is_in_cycle[EDGES_MOST], is_cut[EDGES_MOST];
    bool shows_collector;
} story;

static rg_status tell_site(story *s, rg_builder *b, randomness *random, uint32_t node)
{
    rg_location lines[2] = {{0, random_below(random, 3)}, {0, 1}};
    uint32_t id;
    s->has_site[node] = !random_below(random, 3);
    if (!s->has_site[node])
        return RG_OK;
    random_text(&s->site[node], random);
    s->line[node] = lines[0].line;
    rg_status status = rg_builder_add_string(b, &lines[0].file, string_of(&s->site[node]));
    if (!status)
        status = rg_builder_add_site(b, &id, lines, 1 + random_below(random, 2));
    return status ? status : rg_builder_set_site(b, node, id);
}

static rg_status tell_nodes(story *s, rg_builder *b, randomness *random)
{
    rg_status status = RG_OK;
    for (uint32_t i = 0; i < 8 && !status; i++) {
        uint32_t id;
        random_text(&s->module[i], random);
        random_text(&s->name[i], random);
        s->type_flags[i] =
            random_below(random, 2) ? 0 : random_below(random, 2 * RG_TYPE_LEGACY_FINALIZER);
        const rg_type type = {string_of(&s->module[i]), string_of(&s->name[i]),
                              (rg_kind)random_below(random, RG_KIND_COUNT), s->type_flags[i],
                              RG_NONE};
        status = rg_builder_add_type(b, &id, &type);
    }
    const uint32_t most = random_below(random, 100) ? NODES_USUAL : NODES_MOST;
    s->nodes = NODES_LEAST + random_below(random, most - NODES_LEAST + 1);
    for (uint32_t i = 0; i < s->nodes && !status; i++) {
        uint32_t id;
        rg_node node = {.size = random_below(random, 5000), .text = RG_NONE};
        random_text(&s->node[i], random);
        node.type = s->type[i] = random_below(random, 8);
        s->is_str[i] = random_below(random, 2);
        s->has_text[i] = random_below(random, 4);
        s->flags[i] = random_below(random, 2 * RG_NODE_IN_TRY) &
                      (RG_NODE_GC_TRACKED | RG_NODE_FROZEN | RG_NODE_HAS_FINALIZER |
                       RG_NODE_FINALIZED | RG_NODE_IN_TRY);
        node.flags = (uint16_t)(s->flags[i] | (s->is_str[i] ? RG_NODE_TEXT_STR : 0));
        node.generation = s->generation[i] = (uint8_t)random_below(random, 5);
        if (s->has_text[i])
            status = rg_builder_add_string(b, &node.text, string_of(&s->node[i]));
        if (!status)
            status = rg_builder_add_node(b, &id, &node);
        if (!status)
            status = tell_site(s, b, random, i);
    }
    return status;
}

/* A tree, then neighbours, references back, into a hub, to themselves and beside each other. */
static void random_ends(const story *s, randomness *random, size_t i, uint32_t *from, uint32_t *to)
{
    const uint32_t n = s->nodes;
    *from = random_below(random, n);
    *to = random_below(random, n);
    if (i + 1 < n) {
        *to = (uint32_t)i + 1;
        *from = random_below(random, (uint32_t)i + 1);
        return;
    }
    switch (random_below(random, 5)) {
    case 0:
        *to = *from;
        break;
    case 1:
        *to = 0;
        break;
    case 2:
        *to = (*from + 1) % n;
        break;
    default:
        break;
    }
}

/* Edges are added source by source, as the graph keeps them: s->edge[i] then names edge i. */
static rg_status tell_edges(story *s, rg_builder *b, randomness *random)
{
    static uint32_t from[EDGES_MOST];
    static uint32_t to[EDGES_MOST];
    const size_t wanted = 2 * (size_t)s->nodes;
    size_t count = 0;
    while (count < wanted) {
        random_ends(s, random, count, &from[count], &to[count]);
        count++;
        for (; count > 1 && count < wanted && !random_below(random, 8); count++) {
            from[count] = from[count - 1];
            to[count] = to[count - 1];
        }
    }
    rg_status status = RG_OK;
    for (uint32_t u = 0; u < s->nodes; u++)
        for (size_t i = 0; i < count && !status; i++) {
            if (from[i] != u)
                continue;
            rg_name name = {RG_NAME_NONE, 0};
            random_text(&s->edge[s->edges], random);
            s->is_named[s->edges] = random_below(random, 4);
            if (s->is_named[s->edges]) {
                name.kind = RG_NAME_ATTRIBUTE;
                status = rg_builder_add_string(b, &name.value, string_of(&s->edge[s->edges]));
            }
            s->edges++;
            if (!status)
                status =
                    rg_builder_add_edge(b, u, to[i], name, (rg_strength)random_below(random, 4));
        }
    return status;
}

/* Any edges, in any order and some twice: neither has to be what it is called. Or a path that closes. */
static void mark_edges(story *s, randomness *random)
{
    const size_t count = s->selection.edge_count;
    const uint32_t most = random_below(random, 3) ? 12 : EDGES_MOST;
    s->cycle_count = random_below(random, 2) ? random_below(random, most) : 0;
    s->cut_count = random_below(random, 2) ? random_below(random, most) : 0;
    size_t at = random_below(random, (uint32_t)count);
    const bool is_path = random_below(random, 2);
    for (size_t i = 0; i < s->cycle_count; i++) {
        s->cycle[i] = s->selection.edges[at];
        s->is_in_cycle[at] = true;
        size_t next = random_below(random, (uint32_t)count);
        for (size_t step = 0; is_path && step < count; step++) {
            if (s->selection.edges[(next + step) % count].from != s->cycle[i].to)
                continue;
            next = (next + step) % count;
            break;
        }
        at = next;
    }
    for (size_t i = 0; i < s->cut_count; i++) {
        at = random_below(random, (uint32_t)count);
        s->cut[i] = s->selection.edges[at];
        s->is_cut[at] = true;
    }
    s->shows_collector = random_below(random, 2);
}

static rg_status tell(story *s, randomness *random)
{
    rg_builder *b = NULL;
    rg_status status = rg_builder_new(&b, NULL);
    if (!status)
        status = tell_nodes(s, b, random);
    if (!status)
        status = tell_edges(s, b, random);
    for (uint32_t i = random_below(random, ROOTS_MOST + 1); i && !status; i--) {
        rg_root *root = &s->roots[s->root_count++];
        *root = (rg_root){(rg_root_kind)random_below(random, RG_ROOT_KIND_COUNT),
                          random_below(random, s->nodes), random_below(random, 3),
                          string_of(&s->node[0])};
        status = rg_builder_add_root(b, root);
    }
    if (!status)
        status = rg_builder_finish(&s->graph, &b);
    rg_builder_free(b);
    if (!status)
        status = pictures_select_all(&s->selection, s->graph, NULL);
    if (status)
        return status;
    mark_edges(s, random);
    uint32_t node = 0; /* a chain: the first edge of each node that leads forward */
    for (bool goes_on = random_below(random, 2); goes_on;) {
        goes_on = false;
        for (size_t i = 0; i < s->selection.edge_count && !goes_on; i++) {
            const rg_edge *edge = &s->selection.edges[i];
            goes_on = edge->from == node && edge->to > node;
            if (goes_on) {
                s->chain[s->chain_count++] = *edge;
                node = edge->to;
            }
        }
    }
    return RG_OK;
}

/* ---- comparing ---- */

static bool is_same(const char *what, size_t index, const char *got, const shown *expected)
{
    if (got && !strcmp(got, expected->bytes))
        return true;
    (void)fprintf(stderr, "%s %zu reads\n  %s\ninstead of\n  %s\n", what, index,
                  got ? got : "(nothing)", expected->bytes);
    return false;
}

/* The file in its folder, and the line. */
static void show_site(shown *s, const story *t, uint32_t node, const char *before)
{
    text tail = t->site[node];
    char line[16];
    size_t slashes = 0;
    size_t begin = tail.count;
    while (begin && (slashes += tail.row[begin - 1].bytes[0] == '/') < 2)
        begin--;
    tail.count -= begin;
    memmove(tail.row, tail.row + begin, tail.count * sizeof *tail.row);
    if (!t->has_site[node] || (!tail.count && !t->line[node]))
        return;
    show_word(s, before);
    show_word(s, "allocated at ");
    show_text(s, &tail, 60, '\0');
    (void)snprintf(line, sizeof line, ":%u", t->line[node]);
    if (t->line[node])
        show_word(s, line);
}

/* The first root that says more than the node itself: not where the node is a module or a frame as well. */
static void show_root(shown *s, const story *t, uint32_t node, const char *before, size_t limit)
{
    static const char outside[] = " from outside the Python heap (C code, or a leaked count)";
    const rg_root *found = NULL;
    for (size_t i = 0; i < t->root_count; i++) {
        const rg_root *root = &t->roots[i];
        if (root->node != node || root->kind == RG_ROOT_TYPE || root->kind == RG_ROOT_OTHER)
            continue;
        if (root->kind == RG_ROOT_MODULE || root->kind == RG_ROOT_FRAME)
            return;
        found = found ? found : root;
    }
    const bool has_words =
        found && (found->kind == RG_ROOT_NATIVE || found->kind == RG_ROOT_PROBABLE);
    if (!found || (!has_words && !t->node[0].count))
        return;
    show_word(s, before);
    if (found->kind == RG_ROOT_NATIVE) {
        show_word(s, found->references == 0   ? "references"
                     : found->references == 1 ? "1 reference"
                                              : "2 references");
        show_word(s, outside);
        return;
    }
    if (found->kind == RG_ROOT_PROBABLE)
        show_word(s, "probably ");
    show_text(s, &t->node[0], limit, '\0');
}

static bool has_finalizer(const story *t, uint32_t node)
{
    return t->flags[node] & (RG_NODE_HAS_FINALIZER | RG_NODE_IN_TRY) ||
           t->type_flags[t->type[node]] & RG_TYPE_LEGACY_FINALIZER;
}

static void show_collector(shown *s, const story *t, uint32_t node, const char *before)
{
    const unsigned flags = t->flags[node];
    const unsigned type_flags = t->type_flags[t->type[node]];
    const bool is_tracked = flags & RG_NODE_GC_TRACKED;
    char words[128] = "";
    if (flags & RG_NODE_FROZEN)
        strcat(words, "·frozen");
    else if (is_tracked && t->generation[node] <= 2)
        (void)snprintf(words, sizeof words, "·generation %d", t->generation[node]);
    if (!is_tracked && type_flags & RG_TYPE_SILENT)
        strcat(words, "·not seen by the collector");
    if (flags & (RG_NODE_HAS_FINALIZER | RG_NODE_FINALIZED)) {
        strcat(words, flags & RG_NODE_HAS_FINALIZER ? "·__del__" : "·finalizer");
        strcat(words, flags & RG_NODE_FINALIZED ? " has run" : "");
    }
    if (type_flags & RG_TYPE_LEGACY_FINALIZER)
        strcat(words, "·tp_del");
    if (flags & RG_NODE_IN_TRY)
        strcat(words, "·suspended in try");
    for (char *word = strtok(words, "\xC2\xB7"); word; word = strtok(NULL, "\xC2\xB7")) {
        show_word(s, before);
        show_word(s, word);
        before = " · ";
    }
}

static void show_node(shown *s, const story *t, uint32_t node, bool is_tooltip)
{
    static const char builtins[] = "builtins";
    const text *module = &t->module[t->type[node]];
    const text *body = &t->node[node];
    const size_t limit = is_tooltip ? 200 : 60;
    s->size = 0;
    s->bytes[0] = '\0';
    if (module->size && !(module->size == 8 && !memcmp(module->bytes, builtins, 8))) {
        show_text(s, module, CHARACTERS, '\0');
        show_word(s, ".");
    }
    show_text(s, &t->name[t->type[node]], CHARACTERS, '\0');
    cut(s, 0, limit);
    if (!is_tooltip && !s->size)
        show_word(s, " ");
    if (t->has_text[node] && (t->is_str[node] || body->count)) {
        show_word(s, is_tooltip ? " " : "\n");
        if (t->is_str[node])
            show_quoted(s, body, limit);
        else
            show_text(s, body, limit, '\0');
    }
    const unsigned size = (unsigned)rg_graph_node(t->graph, node).size;
    char words[32] = "";
    if (size >= 1000)
        (void)snprintf(words, sizeof words, " (%u,%03u B)", size / 1000, size % 1000);
    else if (size)
        (void)snprintf(words, sizeof words, " (%u B)", size);
    if (is_tooltip)
        show_word(s, words);
    if (is_tooltip || node == 0) /* the target */
        show_site(s, t, node, is_tooltip ? ", " : "\n");
    show_root(s, t, node, is_tooltip ? ", " : "\n", limit);
    if (t->shows_collector)
        show_collector(s, t, node, is_tooltip ? ", " : "\n");
    plain_spaces(s);
}

/* Whether any of the edges between the ends of `first` has a mark; false where another one of them is drawn. */
static bool is_marked(const story *t, size_t first, const bool *marks)
{
    const rg_edge *edges = t->selection.edges;
    for (size_t i = first; i < t->selection.edge_count; i++)
        if (marks[i] && edges[i].from == edges[first].from && edges[i].to == edges[first].to)
            return true;
    return false;
}

/* The picture shows an edge for each pair of ends, under the id of the first; what is to be cut is named before
 * the others. */
static bool show_edge(shown *s, const story *t, size_t first, bool is_tooltip)
{
    const rg_edge *edges = t->selection.edges;
    const bool has_cut = is_marked(t, first, t->is_cut);
    size_t count = 0;
    size_t named = 0;
    s->size = 0;
    s->bytes[0] = '\0';
    if (has_cut)
        show_word(s, is_tooltip ? "cut here" : " cut here");
    for (int pass = 0; pass < 2; pass++) {
        const char *before = pass == 0 && has_cut ? ": ." : has_cut ? "; also ." : " .";
        before += before[0] == ' ' && is_tooltip;
        for (size_t i = 0; i < t->selection.edge_count; i++) {
            if (edges[i].from != edges[first].from || edges[i].to != edges[first].to)
                continue;
            if (i < first)
                return false;
            if (t->is_cut[i] != (pass == 0))
                continue;
            count++;
            if (!t->is_named[i] || named == 3)
                continue;
            named++;
            show_word(s, before);
            before = ", .";
            show_text(s, &t->edge[i], is_tooltip ? 200 : 40, '\0');
        }
    }
    char more[40];
    (void)snprintf(more, sizeof more, " … %zu more", count - named);
    if (named && count > named)
        show_word(s, more);
    if (!named && is_tooltip && !has_cut)
        show_word(s, "reference");
    plain_spaces(s);
    return true;
}

/* Classes, which are not texts. */
static bool marks_are_right(const story *t, const svg *picture)
{
    static bool nodes[NODES_MOST];
    char id[32];
    bool right = true;
    memset(nodes, 0, sizeof nodes);
    for (size_t i = 0; i < t->selection.edge_count && right; i++) {
        const rg_edge *edge = &t->selection.edges[i];
        nodes[edge->from] = nodes[edge->from] || t->is_in_cycle[i];
        nodes[edge->to] = nodes[edge->to] || t->is_in_cycle[i];
        (void)snprintf(id, sizeof id, "e%zu", i);
        const xmlNode *drawn = svg_find(picture, id);
        right = !drawn || (svg_is_of_class(drawn, "cut") == is_marked(t, i, t->is_cut) &&
                           svg_is_of_class(drawn, "cycle") == is_marked(t, i, t->is_in_cycle));
    }
    for (uint32_t i = 0; i < t->nodes && right; i++) {
        (void)snprintf(id, sizeof id, "n%u", i);
        const xmlNode *drawn = svg_find(picture, id);
        right = drawn && svg_is_of_class(drawn, "cycle") == nodes[i] &&
                svg_is_of_class(drawn, "finalizer") == (t->shows_collector && has_finalizer(t, i));
    }
    if (!right)
        (void)fprintf(stderr, "%s has other classes\n", id);
    return right;
}

static bool read_back(const story *t, const svg *picture)
{
    static shown expected;
    char id[32];
    for (uint32_t i = 0; i < t->nodes; i++) {
        (void)snprintf(id, sizeof id, "n%u", i);
        xmlNode *node = svg_find(picture, id);
        char *label = node ? svg_text(node) : NULL;
        char *tooltip = node ? svg_tooltip(node) : NULL;
        show_node(&expected, t, i, false);
        bool same = is_same("the label of node", i, label, &expected);
        show_node(&expected, t, i, true);
        same = is_same("the tooltip of node", i, tooltip ? tooltip : "", &expected) && same;
        free(label);
        free(tooltip);
        if (!same)
            return false;
    }
    for (size_t i = 0; i < t->selection.edge_count; i++) {
        (void)snprintf(id, sizeof id, "e%zu", i);
        xmlNode *edge = svg_find(picture, id);
        if (!show_edge(&expected, t, i, false)) {
            if (edge)
                return false;
            continue;
        }
        char *label = edge ? svg_text(edge) : NULL;
        char *tooltip = edge ? svg_tooltip(edge) : NULL;
        bool same = is_same("the label of edge", i, label, &expected);
        (void)show_edge(&expected, t, i, true);
        same = is_same("the tooltip of edge", i, tooltip, &expected) && same;
        free(label);
        free(tooltip);
        if (!same)
            return false;
    }
    return true;
}

/* ---- one graph, all graphs ---- */

static bool draw_one(uint64_t seed)
{
    static story s;
    randomness random = {seed};
    rg_error error = {""};
    svg picture = {0};
    rg_buffer out = rg_buffer_empty(NULL);
    memset(&s, 0, sizeof s);
    rg_status status = tell(&s, &random);
    if (!status) {
        rg_subgraph sub = s.selection;
        sub.omissions = s.omissions;
        sub.omission_count = random_below(&random, 4);
        for (size_t i = 0; i < sub.omission_count; i++)
            s.omissions[i] =
                (rg_omission){random_below(&random, s.nodes), 1 + random_below(&random, 2000),
                              random_below(&random, 2)};
        const rg_render_options options = {
            .title = random_below(&random, 2) ? "a title \\N & <more>" : NULL,
            .chain = s.chain,
            .chain_count = s.chain_count,
            .cycle = s.cycle,
            .cycle_count = s.cycle_count,
            .cut = s.cut,
            .cut_count = s.cut_count,
            .show_collector = s.shows_collector,
            .hide_legend = random_below(&random, 2),
        };
        status = rg_render(&out, s.graph, &sub, RG_FORMAT_SVG, &options, &error);
    }
    bool good = !status && svg_open(&picture, &out);
    if (status)
        (void)fprintf(stderr, "%s: %s\n", rg_status_text(status), error.text);
    else if (!good)
        (void)fprintf(stderr, "not well-formed XML:\n%s\n", out.data);
    good = good && read_back(&s, &picture) && marks_are_right(&s, &picture);
    svg_close(&picture);
    rg_buffer_dispose(&out);
    rg_subgraph_dispose(&s.selection);
    rg_graph_free(s.graph);
    return good;
}

int main(int argc, char **argv)
{
    const unsigned long count = argc > 1 ? strtoul(argv[1], NULL, 10) : GRAPHS;
    const uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    unsigned long bad = 0;
    (void)fflush(stdout);
    for (unsigned long i = 0; i < count; i++) {
        if (draw_one(seed + i))
            continue;
        (void)fprintf(stderr, "graph of seed %llu\n", (unsigned long long)(seed + i));
        if (++bad == 5)
            break;
    }
    (void)printf("%lu graphs drawn, %lu bad\n", count, bad);
    return bad ? EXIT_FAILURE : EXIT_SUCCESS;
}
